import type { Route } from "../../core/model/route.ts";
import { CheckField, TextField } from "../parts/fields.tsx";
import type { Scenario } from "./scenario.ts";

interface CallerFormProps {
  readonly route: Route;
  readonly scenario: Scenario;
  onChange(scenario: Scenario): void;
}

/** Edits the scenario: the caller's subject, claims and scopes, and the request's path parameters. */
export function CallerForm({ route, scenario, onChange }: CallerFormProps) {
  const { subject, claims, values, scopes } = scenario;
  return (
    <fieldset class="caller">
      <legend class="label">Example caller and request</legend>
      <TextField
        label="subject"
        value={subject}
        onInput={(text) => onChange({ ...scenario, subject: text })}
      />
      {Object.entries(claims).map(([name, value]) => (
        <TextField
          key={name}
          label={`claim ${name}`}
          value={value}
          onInput={(text) => onChange({ ...scenario, claims: { ...claims, [name]: text } })}
        />
      ))}
      {Object.entries(values).map(([name, value]) => (
        <TextField
          key={name}
          label={`{${name}}`}
          value={value}
          onInput={(text) => onChange({ ...scenario, values: { ...values, [name]: text } })}
        />
      ))}
      {route.scopes.map((scope) => (
        <CheckField
          key={scope}
          label={`has scope ${scope}`}
          checked={scopes.includes(scope)}
          onChange={(held) =>
            onChange({
              ...scenario,
              scopes: held ? [...scopes, scope] : scopes.filter((one) => one !== scope),
            })
          }
        />
      ))}
    </fieldset>
  );
}
