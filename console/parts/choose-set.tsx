import type { LoadedConsole } from "../load.ts";
import { ChoiceField } from "./fields.tsx";

interface ChooseSetProps {
  readonly label: string;
  readonly sets: LoadedConsole["sets"];
  readonly value: string;
  onChoose(name: string): void;
}

/** Selects a policy set; shows nothing if there is only one. */
export function ChooseSet({ label, sets, value, onChoose }: ChooseSetProps) {
  if (sets.length < 2) return null;
  return (
    <ChoiceField label={label} value={value} choices={sets.map(({ name }) => name)} onChoose={onChoose} />
  );
}
