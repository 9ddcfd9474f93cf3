import { useLayoutEffect, useRef } from "preact/hooks";
import { drawnRows, useRowWindow } from "./row-window.ts";

interface PickerListProps {
  /** The id of the input; the ids of list and options begin with it. */
  readonly id: string;
  readonly label: string;
  readonly open: boolean;
  readonly found: readonly Choice[];
  readonly active: number;
  readonly value: string;
  onPick(choice: Choice): void;
}

/** The list of a {@link Picker}: the matching choices, of which only the visible ones are drawn. */
export function PickerList({ id, label, open, found, active, value, onPick }: PickerListProps) {
  const list = useRef<HTMLDivElement>(null);
  const view = useRowWindow(list, found.length);
  useLayoutEffect(() => {
    const element = list.current;
    if (!open || element === null) return;
    const top = active * view.rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    const bottom = top + view.rowHeight - element.clientHeight;
    if (bottom > element.scrollTop) element.scrollTop = bottom;
  }, [open, active, view.rowHeight]);
  return (
    <div id={`${id}-list`} ref={list} class="picker-list" role="listbox" aria-label={label} hidden={!open}>
      {open && found.length === 0 && <p class="quiet">No id or name matches</p>}
      <div role="presentation" class="tall" style={{ height: `${found.length * view.rowHeight}px` }}>
        {open &&
          drawnRows(view, found.length > 0 ? active : undefined).map((index) => {
            const choice = found[index];
            return choice === undefined ? null : (
              <div
                key={choice.id}
                id={`${id}-${index}`}
                class="option"
                role="option"
                tabIndex={-1}
                aria-selected={choice.id === value}
                aria-setsize={found.length}
                aria-posinset={index + 1}
                data-active={index === active ? "" : undefined}
                style={{ top: `${index * view.rowHeight}px` }}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => onPick(choice)}
                onKeyDown={undefined}
              >
                <bdi>{choice.id}</bdi> {choice.name !== undefined && <bdi class="quiet">{choice.name}</bdi>}
              </div>
            );
          })}
      </div>
    </div>
  );
}

export interface Choice {
  readonly id: string;
  readonly name: string | undefined;
}
