import type { Rules } from "../../core/policy-files/model/rules-json.ts";
import type { LocationChanges } from "../page-location.ts";
import { Choices } from "./choices.tsx";
import { SelectField, TextField } from "./field.tsx";
import { type Form, listIssuers, listRoles, listScopes } from "./form.ts";

interface CallerFieldsProps {
  readonly form: Form;
  readonly rules: Rules;
  readonly realIssuers: readonly string[];
  change(changes: LocationChanges): void;
}

/** The fields that describe the caller. */
export function CallerFields({ form, rules, realIssuers, change }: CallerFieldsProps) {
  const { tenant, roles, subject, scopes, issuer, withToken } = form;
  const issuers = listIssuers(tenant, rules, realIssuers);
  return (
    <>
      <TextField
        label="Tenant"
        value={tenant}
        choices={[...rules.tenants.keys()]}
        hint={tenantHint(tenant, rules)}
        onChange={(value) => change({ tenant: value, roles: undefined, issuer: undefined })}
      />
      <Choices
        legend="Roles"
        choices={listRoles(tenant, rules)}
        chosen={roles}
        onChange={(chosen) => change({ roles: chosen.join(",") })}
      />
      <TextField label="Subject" value={subject} onChange={(value) => change({ subject: value })} />
      <Choices
        legend="Scopes"
        choices={listScopes(rules)}
        chosen={scopes}
        onChange={(chosen) => change({ scopes: chosen.join(" ") })}
      />
      {issuers.length > 1 && (
        <SelectField
          label="Issuer"
          value={issuer}
          choices={issuers}
          onChange={(value) => change({ issuer: value })}
        />
      )}
      <label class="choice">
        <input
          type="checkbox"
          checked={!withToken}
          onChange={() => change({ token: withToken ? "none" : undefined })}
        />
        Send no token
      </label>
    </>
  );
}

function tenantHint(id: string, { tenants }: Rules): string | undefined {
  const tenant = tenants.get(id);
  if (tenant === undefined) return "No policy file defines this tenant. It may exist at run time.";
  const { name, plan, status } = tenant;
  const texts = [
    name ?? "",
    plan === undefined ? "" : `plan ${plan}`,
    status === "suspended" ? "suspended" : "",
  ];
  return texts.filter((text) => text !== "").join(" · ");
}
