interface ChoicesProps {
  readonly legend: string;
  readonly choices: readonly string[];
  readonly chosen: readonly string[];
  onChange(chosen: readonly string[]): void;
}

/** Selects any number of choices. A selected value that is not among the choices is listed too, to be cleared. */
export function Choices({ legend, choices, chosen, onChange }: ChoicesProps) {
  const all = [...new Set([...choices, ...chosen])];
  const toggle = (choice: string) =>
    onChange(chosen.includes(choice) ? chosen.filter((one) => one !== choice) : [...chosen, choice]);
  return (
    <fieldset class="choices">
      <legend class="label">{legend}</legend>
      {all.length === 0 && <span class="quiet">none</span>}
      {all.map((choice) => (
        <label key={choice} class="choice">
          <input type="checkbox" checked={chosen.includes(choice)} onChange={() => toggle(choice)} />
          {choice}
        </label>
      ))}
    </fieldset>
  );
}
