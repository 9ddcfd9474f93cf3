import type { Route } from "../../core/model/route.ts";
import { clockTime } from "../live/policies-events.ts";
import type { Side } from "../matrix/sides.ts";
import { Choices } from "../parts/choices.tsx";
import { CheckField, ChoiceField, TextField } from "../parts/fields.tsx";
import { listRoles } from "../try-it/form.ts";
import type { Scenario } from "./scenario.ts";

interface CallerFormProps {
  /** One side, or the two that are compared. */
  readonly sides: readonly Side[];
  readonly route: Route;
  readonly scenario: Scenario;
  /** When the recorded request was sent; undefined for an example. */
  readonly time: string | undefined;
  onChange(scenario: Scenario): void;
}

/** Edits the scenario: the caller's roles, issuer, client, delegate, subject, claims and scopes, and the request's path parameters. */
export function CallerForm({ sides, route, scenario, time, onChange }: CallerFormProps) {
  const { subject, claims, values, scopes, roles, issuer, client, delegate, assumed } = scenario;
  const label = (name: Parameters<typeof assumed.has>[0], text: string): string =>
    assumed.has(name) ? `${text} (assumed)` : text;
  return (
    <fieldset class="caller">
      <legend class="label">
        {time === undefined
          ? "Example caller and request"
          : `The request of ${clockTime(time)}, and its caller`}
      </legend>
      {assumed.size > 0 && <p class="quiet">What was not recorded is assumed: change it if you know it.</p>}
      <Choices
        legend={label("roles", "roles")}
        choices={distinct(sides.flatMap(({ set, tenant }) => listRoles(tenant, set)))}
        chosen={roles}
        onChange={(chosen) => onChange({ ...scenario, roles: chosen })}
      />
      <ChoiceField
        label={label("issuer", "issuer")}
        value={issuer ?? ""}
        choices={distinct([
          ...sides.flatMap(({ set }) => [...set.rules.issuers.keys()]),
          ...(issuer === undefined ? [] : [issuer]),
        ])}
        none="not named"
        onChoose={(name) => onChange({ ...scenario, issuer: name === "" ? undefined : name })}
      />
      <TextField
        label={label("client", "client")}
        placeholder="not named: no ceiling of a client applies"
        value={client ?? ""}
        onInput={(text) => onChange({ ...scenario, client: text === "" ? undefined : text })}
      />
      <TextField
        label="delegate"
        placeholder="an issuer, a space, and the subject that acts for the caller"
        value={delegate ?? ""}
        onInput={(text) => onChange({ ...scenario, delegate: text === "" ? undefined : text })}
      />
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

const distinct = (names: readonly string[]): string[] => [...new Set(names)];
