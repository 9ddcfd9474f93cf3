import type { OpenSet } from "../open-set.ts";
import type { LocationChanges } from "../page-location.ts";
import { Choices } from "../parts/choices.tsx";
import { ChoiceField } from "../parts/fields.tsx";
import { TextField } from "./field.tsx";
import { type Form, listIssuers, listRoles, listScopes } from "./form.ts";

interface CallerFieldsProps {
  readonly form: Form;
  readonly set: OpenSet;
  readonly realIssuers: readonly string[];
  change(changes: LocationChanges): void;
}

/** The fields that describe the caller. */
export function CallerFields({ form, set, realIssuers, change }: CallerFieldsProps) {
  const { tenant, roles, subject, scopes, issuer, withToken } = form;
  const issuers = listIssuers(tenant, set, realIssuers);
  return (
    <>
      <TextField
        label="Tenant"
        value={tenant}
        choices={set.tenantIds}
        hint={tenantHint(tenant, set)}
        onChange={(value) => change({ tenant: value, roles: undefined, issuer: undefined })}
      />
      <Choices
        legend="Roles"
        choices={listRoles(tenant, set)}
        chosen={roles}
        onChange={(chosen) => change({ roles: chosen.join(",") })}
      />
      <TextField label="Subject" value={subject} onChange={(value) => change({ subject: value })} />
      <Choices
        legend="Scopes"
        choices={listScopes(set.rules)}
        chosen={scopes}
        onChange={(chosen) => change({ scopes: chosen.join(" ") })}
      />
      {issuers.length > 1 && (
        <ChoiceField
          label="Issuer"
          value={issuer}
          choices={issuers}
          onChoose={(value) => change({ issuer: value })}
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

function tenantHint(id: string, set: OpenSet): string | undefined {
  const tenant = set.tenant(id);
  if (tenant === undefined) return "Neither the policy files nor the table have this tenant.";
  const { name, plan, status, isAdded } = tenant;
  const texts = [
    isAdded ? "created at run time" : (name ?? ""),
    plan === undefined ? "" : `plan ${plan}`,
    status === "suspended" ? "suspended" : "",
  ];
  return texts.filter((text) => text !== "").join(" · ");
}
