import type { Route } from "../../core/model/route.ts";
import { clockTime } from "../live/policies-events.ts";
import { CheckField, TextField } from "../parts/fields.tsx";
import type { Scenario } from "./scenario.ts";

interface CallerFormProps {
  readonly route: Route;
  readonly scenario: Scenario;
  /** When the recorded request was sent; undefined for an example. */
  readonly time: string | undefined;
  onChange(scenario: Scenario): void;
}

/** Edits the scenario: the caller's subject, claims and scopes, and the request's path parameters. */
export function CallerForm({ route, scenario, time, onChange }: CallerFormProps) {
  const { subject, claims, values, scopes, roles, issuer, assumed } = scenario;
  const label = (name: Parameters<typeof assumed.has>[0], text: string): string =>
    assumed.has(name) ? `${text} (assumed)` : text;
  return (
    <fieldset class="caller">
      <legend class="label">
        {time === undefined
          ? "Example caller and request"
          : `The request of ${clockTime(time)}, and its caller`}
      </legend>
      {time !== undefined && (
        <p class="quiet">
          {`roles: ${roles.join(", ")}; issuer: ${issuer ?? "not recorded"}`}
          {assumed.size > 0 && ". What was not recorded is assumed: change it if you know it."}
        </p>
      )}
      <TextField
        label={label("subject", "subject")}
        value={subject}
        onInput={(text) => onChange({ ...scenario, subject: text })}
      />
      {Object.entries(claims).map(([name, value]) => (
        <TextField
          key={name}
          label={label("claims", `claim ${name}`)}
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
          label={label("scopes", `has scope ${scope}`)}
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
