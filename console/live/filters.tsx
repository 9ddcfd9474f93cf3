import { useId } from "preact/hooks";
import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import type { Go } from "../page-location.ts";
import { TextField } from "../parts/fields.tsx";
import { type LiveSelection, listValues } from "./selection.ts";

interface FiltersProps {
  readonly decisions: readonly LiveDecision[];
  readonly selection: LiveSelection;
  readonly go: Go;
}

const LABELS: readonly (readonly [key: Exclude<keyof LiveSelection, "search">, label: string])[] = [
  ["tenant", "Tenant"],
  ["outcome", "Outcome"],
  ["reason", "Reason"],
  ["client", "Client"],
];

export function Filters({ decisions, selection, go }: FiltersProps) {
  const id = useId();
  return (
    <div class="filters">
      {LABELS.map(([key, label]) => (
        <div key={key}>
          <label for={`${id}-${key}`}>{label}</label>
          <select
            id={`${id}-${key}`}
            value={selection[key]}
            onChange={(event) => go({ [key]: event.currentTarget.value || undefined }, { replace: true })}
          >
            <option value="">all</option>
            {listValues(decisions, key, selection[key]).map((value) => (
              <option key={value} value={value}>
                {value}
              </option>
            ))}
          </select>
        </div>
      ))}
      <TextField
        label="Search"
        placeholder="request id, subject or path"
        value={selection.search}
        onInput={(text) => go({ search: text || undefined }, { replace: true })}
      />
    </div>
  );
}
