import type { Route } from "../../core/model/route.ts";
import { CheckField, TextField } from "../parts/fields.tsx";
import type { Supposed } from "./suppose.ts";

interface CallerFormProps {
  readonly route: Route;
  readonly supposed: Supposed;
  onChange(supposed: Supposed): void;
}

/** Who asks for what: the caller's own values, and those that the request names. */
export function CallerForm({ route, supposed, onChange }: CallerFormProps) {
  const { subject, claims, values, scopes } = supposed;
  return (
    <fieldset class="caller">
      <legend class="label">Supposing a caller</legend>
      <TextField
        label="subject"
        value={subject}
        onInput={(text) => onChange({ ...supposed, subject: text })}
      />
      {Object.entries(claims).map(([name, value]) => (
        <TextField
          key={name}
          label={`claim ${name}`}
          value={value}
          onInput={(text) => onChange({ ...supposed, claims: { ...claims, [name]: text } })}
        />
      ))}
      {Object.entries(values).map(([name, value]) => (
        <TextField
          key={name}
          label={`{${name}}`}
          value={value}
          onInput={(text) => onChange({ ...supposed, values: { ...values, [name]: text } })}
        />
      ))}
      {route.scopes.map((scope) => (
        <CheckField
          key={scope}
          label={`has scope ${scope}`}
          checked={scopes.includes(scope)}
          onChange={(held) =>
            onChange({
              ...supposed,
              scopes: held ? [...scopes, scope] : scopes.filter((one) => one !== scope),
            })
          }
        />
      ))}
    </fieldset>
  );
}
