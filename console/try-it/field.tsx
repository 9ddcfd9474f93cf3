import { useId } from "preact/hooks";

interface FieldProps {
  readonly label: string;
  readonly value: string;
  /** Suggested values; a text field accepts any other value too. */
  readonly choices?: readonly string[];
  readonly hint?: string | undefined;
  onChange(value: string): void;
}

/** The number of suggestions that a text field shows at once. */
const MAX_SUGGESTIONS = 50;

export function TextField({ label, value, choices, hint, onChange }: FieldProps) {
  const id = useId();
  const suggestions = choices?.filter((choice) => choice.includes(value)) ?? [];
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        value={value}
        list={choices && `${id}-choices`}
        aria-describedby={hint && `${id}-hint`}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      {choices && (
        <datalist id={`${id}-choices`}>
          {(suggestions.length <= 1 ? choices : suggestions).slice(0, MAX_SUGGESTIONS).map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}
