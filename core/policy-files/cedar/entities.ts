import type { RoleDefinition } from "../model/role-grants.ts";
import type { Rules } from "../model/rules-json.ts";
import type { TenantDefinition } from "../model/tenant-grants.ts";
import { type EntityUid, issuerUid, planUid, roleUid, tenantRoleUid, tenantUid } from "./cedar-text.ts";

/** An entity in Cedar's JSON form. */
export interface CedarEntity {
  readonly uid: EntityUid;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly parents: readonly EntityUid[];
}

/** The ids that can be compared with a path parameter, because a policy of API Gateway can carry them. */
const isEncodable = (id: string): boolean =>
  /^[A-Za-z0-9._~@:+=,!|-]{1,128}$/.test(id) && id !== "." && id !== "..";

/** Returns the roles with what they extend, the tenants with their plans, and the issuers. */
export const cedarEntities = ({ roles, plans, tenants, issuers }: Rules): CedarEntity[] => [
  ...[...roles.values()].map((role) => ({
    uid: roleUid(role.name),
    attrs: {},
    parents: role.parents.map(({ name }) => roleUid(name)),
  })),
  ...[...plans.keys()].map((name) => ({ uid: planUid(name), attrs: {}, parents: [] })),
  ...[...issuers.values()].map(({ name, tenants: covered, subjects, staff }) => ({
    uid: issuerUid(name),
    attrs: {
      everyTenant: covered === "*",
      tenants: typeof covered === "string" ? [] : covered.map((id) => reference(tenantUid(id))),
      ownsSubjects: subjects === "own",
      staff: staff === true,
    },
    parents: [],
  })),
  ...[...tenants.values()].flatMap((tenant) => [
    tenantEntity(tenant),
    ...[...tenant.roles.values()].map((role) => ownRole(role, tenant)),
  ]),
];

const reference = (uid: EntityUid) => ({ __entity: uid });

function tenantEntity({ id, status, plan, issuers, directories }: TenantDefinition): CedarEntity {
  const listed = [...directories].map(([issuer, { name }]) => ({
    issuer: reference(issuerUid(issuer)),
    name,
  }));
  return {
    uid: tenantUid(id),
    attrs: {
      ...(isEncodable(id) && { id }),
      status,
      ...(issuers !== undefined && { issuers: issuers.map((name) => reference(issuerUid(name))) }),
      ...(listed.length > 0 && { directories: listed }),
    },
    parents: plan === undefined ? [] : [planUid(plan)],
  };
}

const ownRole = ({ name, parents }: RoleDefinition, { id, roles }: TenantDefinition): CedarEntity => ({
  uid: tenantRoleUid(id, name),
  attrs: { tenant: reference(tenantUid(id)) },
  parents: parents.map((parent) =>
    roles.has(parent.name) ? tenantRoleUid(id, parent.name) : roleUid(parent.name),
  ),
});
