import { printGrant } from "../grant.ts";
import { CATALOGUE_KEY, ITEM_VERSION, type Item, TENANT_SORT_KEY, tenantKey } from "../items.ts";
import { digest } from "./digest.ts";
import type { IssuerDefinition } from "./issuers.ts";
import type { PlanDefinition } from "./plans.ts";
import { type Entry, grantsOf, lineage, type RoleDefinition, routeKeys } from "./role-grants.ts";
import type { Rules } from "./rules-json.ts";
import { ownGrants, type TenantDefinition, takenFrom } from "./tenant-grants.ts";

/** Who keeps an item: the policy files (by Terraform or `publish`), or sign-up at run time. */
export const FILES_OWNER = "files";
export const RUNTIME_OWNER = "runtime";

/** The items of the permissions table that a policy set makes, in the order of their keys. */
export function permissionItems(policies: Omit<Rules, "api">): Item[] {
  const { roles, plans, issuers, tenants } = policies;
  return [
    ...[...issuers.values()].map(issuerItem),
    ...[...plans.values()].map(planItem),
    ...[...roles.values()].map((role) => roleItem(role, roles)),
    ...[...tenants.values()].map((tenant) => tenantItem(tenant, roles)),
  ]
    .map(seal)
    .sort((a, b) => (itemKey(a) < itemKey(b) ? -1 : 1));
}

/** `pk` and `sk` as one text. */
export const itemKey = (item: Item): string => `${String(item["pk"])}/${String(item["sk"])}`;

/** Content with version, owner and its hash. */
export function seal(content: Item): Item {
  const present = Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined));
  return { ...present, v: ITEM_VERSION, owner: FILES_OWNER, hash: digest(present) };
}

function roleItem(role: RoleDefinition, roles: ReadonlyMap<string, RoleDefinition>): Item {
  const grants = grantsOf(lineage(role, roles)).map(printGrant);
  return {
    pk: CATALOGUE_KEY,
    sk: `ROLE#${role.name}`,
    name: role.name,
    description: role.description,
    grants,
  };
}

const expanded = (entries: readonly Entry[]): string[] => [...new Set(entries.flatMap(routeKeys))].sort();

function planItem({ name, description, ceiling, roles, throttle, quota }: PlanDefinition): Item {
  return {
    pk: CATALOGUE_KEY,
    sk: `PLAN#${name}`,
    name,
    description,
    ceiling: expanded(ceiling),
    roles: roles && [...roles].sort(),
    throttle,
    quota,
  };
}

function issuerItem({
  name,
  preset,
  tenants,
  claims,
  clientClaims,
  audienceClaims,
  types,
  tokenUse,
  algorithms,
  roleNames,
  pass,
  memberships,
  staff,
}: IssuerDefinition): Item {
  const covered = tenants === "*" ? tenants : [...tenants].sort();
  return {
    pk: CATALOGUE_KEY,
    sk: `ISSUER#${name}`,
    name,
    preset,
    tenants: covered,
    claims,
    clientClaims,
    audienceClaims,
    types,
    tokenUse,
    algorithms,
    roleNames,
    pass,
    memberships,
    staff,
  };
}

function tenantItem(tenant: TenantDefinition, shared: ReadonlyMap<string, RoleDefinition>): Item {
  const own = [...tenant.roles.values()].map((role) => {
    const grants = ownGrants(role, tenant, shared).map(printGrant);
    return [
      role.name,
      role.description === undefined ? { grants } : { description: role.description, grants },
    ] as const;
  });
  return {
    pk: tenantKey(tenant.id),
    sk: TENANT_SORT_KEY,
    id: tenant.id,
    name: tenant.name,
    status: tenant.status,
    plan: tenant.plan,
    issuers: tenant.issuers && [...tenant.issuers].sort(),
    changes: changesOf(tenant, shared),
    never: tenant.never.length === 0 ? undefined : expanded(tenant.never),
    roles: own.length === 0 ? undefined : Object.fromEntries(own),
  };
}

/** A tenant's changes, spelled out for each shared role that they concern: also for roles that extend the one named. */
function changesOf(
  tenant: TenantDefinition,
  shared: ReadonlyMap<string, RoleDefinition>,
): Record<string, unknown> | undefined {
  const changes = [...shared.values()].flatMap((role): (readonly [string, unknown])[] => {
    if (tenant.changes.get(role.name)?.except === "none") return [[role.name, "none"]];
    const taken = [...takenFrom(role, tenant, shared)].sort();
    return taken.length === 0 ? [] : [[role.name, { except: taken }]];
  });
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}
