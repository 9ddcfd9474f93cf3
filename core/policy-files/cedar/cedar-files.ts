import type { Rules } from "../model/rules-json.ts";
import { ActionGroups } from "./action-groups.ts";
import { printPolicies } from "./cedar-text.ts";
import { clientPolicies } from "./client-policies.ts";
import { cedarEntities } from "./entities.ts";
import { sharedRolePolicies } from "./role-policies.ts";
import { cedarSchema } from "./schema.ts";
import {
  allTenantsPolicies,
  apiPolicies,
  issuerPolicies,
  planPolicies,
  tenantPolicies,
} from "./tenant-policies.ts";

/** The content of each file that `portcullis cedar` writes, by its name. */
export type CedarFiles = Readonly<Record<"policies.cedar" | "schema.cedarschema" | "entities.json", string>>;

/**
 * Writes the model of the policy files in Cedar: roles as entities with what they extend as parents, and each rule of the
 * files as a policy of its own. Nothing of it is what the compiler computes, so that Cedar decides independently.
 */
export function cedarFiles(rules: Rules): CedarFiles {
  const groups = new ActionGroups(rules.api.operations);
  const policies = [
    ...apiPolicies(rules, groups),
    ...issuerPolicies(rules),
    ...clientPolicies(rules, groups),
    ...planPolicies(rules, groups),
    ...sharedRolePolicies(rules, groups),
    ...allTenantsPolicies(rules),
    ...[...rules.tenants.values()].flatMap((tenant) => tenantPolicies(tenant, rules, groups)),
  ];
  return {
    "policies.cedar": printPolicies(policies),
    // After the policies, because these create the groups that they name.
    "schema.cedarschema": cedarSchema(rules, groups),
    "entities.json": `${JSON.stringify(cedarEntities(rules), null, 2)}\n`,
  };
}
