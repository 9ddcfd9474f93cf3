import type { WrittenCeiling, WrittenCeilings } from "../../model/client-ceilings.ts";
import { printGrant } from "../../model/grant.ts";
import {
  CATALOGUE_KEY,
  directoryKey,
  ISSUER_NAME_SORT_KEY,
  ISSUER_PREFIX,
  ISSUER_SORT_KEY,
  type Item,
  TENANT_SORT_KEY,
  tenantKey,
  withoutUndefined,
} from "../../model/items.ts";
import type {
  CeilingChangeDefinition,
  CeilingDefinition,
  CeilingsDefinition,
} from "../model/client-ceiling.ts";
import type { IssuerDefinition } from "../model/issuer-presets.ts";
import type { PlanDefinition } from "../model/plans.ts";
import { collectGrants, type Entry, lineage, type RoleDefinition, routeKeys } from "../model/role-grants.ts";
import type { Rules } from "../model/rules-json.ts";
import { bindsSubjects, foreignTenants } from "../model/subject-owners.ts";
import { ownGrants, removedRoutes, type TenantDefinition } from "../model/tenant-grants.ts";
import { digest } from "../source/digest.ts";

/** Returns the content of the permissions table's items, before they are stamped. */
export function itemContents({ roles, plans, issuers, tenants }: Omit<Rules, "api">): Item[] {
  const bound = bindsSubjects({ roles, tenants });
  return [
    ...[...issuers.values()].flatMap((issuer) => issuerItems(issuer, issuers, bound)),
    ...[...plans.values()].map(planItem),
    ...[...roles.values()].map((role) => roleItem(role, roles)),
    ...[...tenants.values()].flatMap((tenant) => [tenantItem(tenant, roles), ...directoryItems(tenant)]),
  ];
}

function roleItem(role: RoleDefinition, roles: ReadonlyMap<string, RoleDefinition>): Item {
  const grants = collectGrants(lineage(role, roles)).map(printGrant);
  return {
    pk: CATALOGUE_KEY,
    sk: `ROLE#${role.name}`,
    name: role.name,
    description: role.description,
    grants,
    // For the roles that tenants write at run time: they can extend the role, or change what it extends.
    extends: listOrNone(role.parents.map(({ name }) => name)),
    except: listOrNone(expanded(role.except)),
  };
}

const listOrNone = (names: readonly string[]): string[] | undefined =>
  names.length === 0 ? undefined : [...new Set(names)].sort();

const expanded = (entries: readonly Entry[]): string[] => [...new Set(entries.flatMap(routeKeys))].sort();

function planItem({ at, name, ceiling, roles, ...rest }: PlanDefinition): Item {
  return {
    ...rest,
    pk: CATALOGUE_KEY,
    sk: `PLAN#${name}`,
    name,
    ceiling: expanded(ceiling),
    roles: roles && [...roles].sort(),
  };
}

/**
 * Returns the item of the catalogue, or one item for each URL of an issuer with URLs, and one that finds the first of
 * them by the name. They have the same name, so the people of all URLs are the same.
 *
 * @param bound whether a role has a binding to `subject`, so that a reader that ignores `foreignIn` would allow more */
function issuerItems(
  issuer: IssuerDefinition,
  issuers: ReadonlyMap<string, IssuerDefinition>,
  bound: boolean,
): Item[] {
  const { at, tenantsAt, name, tenants, trust, ceilings, ...rest } = issuer;
  const foreignIn = foreignTenants(issuer, issuers);
  const isForeign = foreignIn.length > 0;
  const item = {
    ...rest,
    foreignIn: isForeign ? foreignIn : undefined,
    ceilings: ceilings && writeCeilings(ceilings),
    needs: needs({
      subjects: isForeign && bound,
      clients: ceilings !== undefined,
      delegates: ceilings !== undefined,
    }),
    name,
    tenants: typeof tenants === "string" ? tenants : [...tenants].sort(),
  };
  if (trust === undefined) return [{ ...item, pk: CATALOGUE_KEY, sk: `ISSUER#${name}` }];
  const { urls, ...others } = trust;
  const partitions = urls.map((url) => ISSUER_PREFIX + digest(url, 64));
  return [
    { pk: ISSUER_PREFIX + name, sk: ISSUER_NAME_SORT_KEY, name, partition: partitions[0] },
    ...urls.map((url, index) => ({
      ...item,
      pk: partitions[index],
      sk: ISSUER_SORT_KEY,
      trust: { url, ...withoutUndefined(others) },
    })),
  ];
}

/** Returns what a reader must know, so that it does not allow more; undefined if it is nothing. */
function needs(known: Readonly<Record<string, boolean>>): string[] | undefined {
  const found = Object.keys(known).filter((need) => known[need]);
  return found.length === 0 ? undefined : found;
}

function writeCeilings({ otherwise, clients, delegates }: CeilingsDefinition): WrittenCeilings {
  const write = ({ ceiling, scopes, tenants }: CeilingDefinition): WrittenCeiling => ({
    routes: expanded(ceiling),
    ...(scopes !== undefined && { scopes: [...scopes].sort() }),
    ...(tenants !== undefined && { tenants: [...tenants].sort() }),
  });
  const writeAll = (ceilings: CeilingsDefinition["clients"]) =>
    Object.fromEntries([...ceilings].map(([entry, ceiling]) => [entry, write(ceiling)]));
  return {
    default: write(otherwise),
    clients: writeAll(clients),
    ...(delegates.size > 0 && { delegates: writeAll(delegates) }),
  };
}

/** Returns the content of a tenant's item. */
export function tenantItem(tenant: TenantDefinition, shared: ReadonlyMap<string, RoleDefinition>): Item {
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
    changes: expandChanges(tenant, shared),
    never: tenant.never.length === 0 ? undefined : expanded(tenant.never),
    roles: own.length === 0 ? undefined : Object.fromEntries(own),
    directories:
      tenant.directories.size === 0
        ? undefined
        : Object.fromEntries([...tenant.directories].map(([issuer, { name }]) => [issuer, name])),
    clients: tenant.clients.size === 0 ? undefined : writeCeilingChanges(tenant),
    needs: needs({
      clients: tenant.clients.size > 0,
      delegates: [...tenant.clients.values()].some(({ delegates }) => delegates.size > 0),
    }),
  };
}

/** Returns the items by which a tenant is found from the `iss` of its directories' tokens. */
const directoryItems = ({ id, directories }: TenantDefinition): Item[] =>
  [...directories].map(([issuer, { name }]) => ({ ...directoryKey(issuer, name), tenant: id }));

function writeCeilingChanges({ clients }: TenantDefinition): Record<string, unknown> {
  const write = ({ except }: CeilingChangeDefinition) =>
    except === "none" ? except : { except: expanded(except) };
  const writeAll = (changes: ReadonlyMap<string, CeilingChangeDefinition>) =>
    Object.fromEntries([...changes].map(([entry, change]) => [entry, write(change)]));
  return Object.fromEntries(
    [...clients].map(([issuer, { otherwise, clients: own, delegates }]) => [
      issuer,
      {
        ...(otherwise !== undefined && { default: write(otherwise) }),
        clients: writeAll(own),
        ...(delegates.size > 0 && { delegates: writeAll(delegates) }),
      },
    ]),
  );
}

/**
 * Returns a tenant's changes for each shared role that they affect, including roles that extend a changed one.
 */
function expandChanges(
  tenant: TenantDefinition,
  shared: ReadonlyMap<string, RoleDefinition>,
): Record<string, unknown> | undefined {
  const changes = [...shared.values()].flatMap((role): (readonly [string, unknown])[] => {
    if (tenant.changes.get(role.name)?.except === "none") return [[role.name, "none"]];
    const removed = [...removedRoutes(role, tenant, shared)].sort();
    return removed.length === 0 ? [] : [[role.name, { except: removed }]];
  });
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}
