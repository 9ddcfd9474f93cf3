import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { type Choice, PickerList } from "./picker-list.tsx";

interface PickerProps {
  readonly label: string;
  readonly choices: readonly Choice[];
  /** The id of the current choice; it need not be among the choices. */
  readonly value: string;
  onPick(id: string): void;
}

/** A combobox that selects one of many choices by a part of the id or name. */
export function Picker({ label, choices, value, onPick }: PickerProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState<string>();
  const [active, setActive] = useState(0);
  const open = typed !== undefined;
  const found = useMemo(() => search(choices, typed ?? ""), [choices, typed]);
  useEffect(() => setActive(0), [typed]);

  const start = () => {
    setTyped("");
    setActive(
      Math.max(
        0,
        choices.findIndex((choice) => choice.id === value),
      ),
    );
  };
  const pick = (choice: Choice | undefined) => {
    if (choice !== undefined && choice.id !== value) onPick(choice.id);
    setTyped(undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = open ? indexAfterKey(event.key, active, found.length) : undefined;
    if (to !== undefined) setActive(to);
    else if (!open && (event.key === "ArrowDown" || event.key === "ArrowUp")) start();
    else if (open && event.key === "Enter") pick(found[active]);
    else if (open && event.key === "Escape") setTyped(undefined);
    else return;
    event.preventDefault();
  };
  return (
    <div class="picker">
      <label for={id}>{label}</label>
      <input
        id={id}
        ref={input}
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-autocomplete="list"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-activedescendant={open && found.length > 0 ? `${id}-${active}` : undefined}
        placeholder={open ? value : undefined}
        value={typed ?? value}
        onFocus={(event) => event.currentTarget.select()}
        onClick={() => !open && start()}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => setTyped(undefined)}
        onKeyDown={onKeyDown}
      />
      <PickerList
        id={id}
        label={label}
        open={open}
        found={found}
        active={active}
        value={value}
        onPick={pick}
      />
      <span class="hidden" role="status">
        {open ? `${found.length} of ${choices.length}` : ""}
      </span>
    </div>
  );
}

function search(choices: readonly Choice[], typed: string): readonly Choice[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return choices;
  return choices.filter(({ id, name = "" }) => {
    const text = `${id} ${name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Choices that PageUp and PageDown skip. */
const PAGE = 8;

function indexAfterKey(key: string, from: number, count: number): number | undefined {
  const last = count - 1;
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + PAGE,
    PageUp: from - PAGE,
  };
  const to = steps[key];
  return to === undefined || count === 0 ? undefined : Math.min(last, Math.max(0, to));
}
