import { parameterNames } from "../../model/route.ts";
import type { Rules } from "../model/rules-json.ts";
import type { ActionGroups } from "./action-groups.ts";
import { quote } from "./cedar-text.ts";
import { limitedIssuers } from "./client-policies.ts";
import { usesDirectories } from "./tenant-policies.ts";

const record = (members: readonly string[]): string =>
  members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;

/** Writes the schema: entity types, the caller, and each guarded operation as an action with its path parameters. */
export function cedarSchema({ issuers }: Rules, groups: ActionGroups): string {
  const claims = [...new Set([...issuers.values()].flatMap(({ pass }) => Object.keys(pass ?? {})))].sort();
  const caller = [
    "issuer: Issuer",
    ...(usesDirectories(issuers) ? ["directory?: String"] : []),
    "subject?: String",
    "scopes: Set<String>",
    `claims: ${record(claims.map((name) => `${quote(name)}?: Set<String>`))}`,
    ...(limitedIssuers(issuers).length === 0
      ? []
      : ["client: String", "clientPatterns: Set<String>", "delegate?: { issuer: Issuer, subject: String }"]),
  ];
  return `entity Role in [Role];
entity TenantRole in [Role, TenantRole] = { tenant: Tenant };
entity Plan;
entity Tenant in [Plan] = {
  id?: String,
  status: String,
  issuers?: Set<Issuer>,
  directories?: Set<{ issuer: Issuer, name: String }>
};
entity Issuer = { everyTenant: Bool, tenants: Set<Tenant>, ownsSubjects: Bool, staff: Bool };

type Caller = {
${caller.map((member) => `  ${member}`).join(",\n")}
};

${groups.ids.map((id) => `action ${quote(id)};\n`).join("")}
${groups.operations.map((operation) => actionOf(operation, groups)).join("")}`;
}

function actionOf(operation: ActionGroups["operations"][number], groups: ActionGroups): string {
  const { route } = operation;
  const parents = groups.groupsOf(operation).map(quote);
  const parameters = record(parameterNames(route.segments).map((name) => `${quote(name)}: String`));
  const memberOf = parents.length === 0 ? "" : ` in [${parents.join(", ")}]`;
  return `action ${quote(route.key)}${memberOf} appliesTo {
  principal: [Role, TenantRole], resource: [Tenant], context: { caller: Caller, params: ${parameters} }
};
`;
}
