import { useId } from "preact/hooks";
import type { Rules } from "../../core/policy-files/model/rules-json.ts";
import type { LocationChanges } from "../page-location.ts";
import { ChoiceField } from "../parts/fields.tsx";
import { TextField } from "./field.tsx";
import { type Form, valueKey } from "./form.ts";
import { takesBody } from "./request.ts";

interface RequestFieldsProps {
  readonly form: Form;
  readonly rules: Rules;
  readonly body: string;
  change(changes: LocationChanges): void;
  setBody(body: string): void;
}

/** The fields that describe the request. */
export function RequestFields({ form, rules, body, change, setBody }: RequestFieldsProps) {
  const id = useId();
  return (
    <>
      <ChoiceField
        label="Route"
        value={form.operation?.route.key ?? ""}
        choices={rules.api.operations.map(({ route }) => route.key)}
        onChoose={(route) => change({ route })}
      />
      {Object.entries(form.values).map(([name, value]) => (
        <TextField
          key={name}
          label={name}
          value={value}
          onChange={(next) => change({ [valueKey(name)]: next })}
        />
      ))}
      <TextField
        label="Query"
        value={form.query}
        onChange={(value) => change({ query: value || undefined })}
      />
      {takesBody(form) && (
        <div class="field">
          <label for={`${id}-body`}>Body</label>
          <textarea
            id={`${id}-body`}
            rows={3}
            spellcheck={false}
            value={body}
            onInput={(event) => setBody(event.currentTarget.value)}
          />
        </div>
      )}
    </>
  );
}
