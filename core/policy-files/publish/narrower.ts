import type { CeilingChange } from "../../model/client-ceilings.ts";
import { conjoin, type Grant, normalizeGrants, parseGrant, printGrant } from "../../model/grant.ts";
import type { RoleName, RouteKey } from "../../model/ids.ts";
import type { PlanItem, RoleChange, TenantItem } from "../../model/items.ts";

/** The values that are allowed; null: all values. */
export type Bound<T> = ReadonlySet<T> | null;

/** Returns the grants that both lists allow, normalized. */
export function intersectGrants(a: readonly Grant[], b: readonly Grant[]): Grant[] {
  return normalizeGrants(
    a.flatMap((one) =>
      b
        .filter((other) => other.route === one.route)
        .map((other) => ({ route: one.route, binding: conjoin(one.binding, other.binding) })),
    ),
  );
}

/** Returns whether `b` allows every request that `a` allows. */
export const isWithinGrants = (a: readonly Grant[], b: readonly Grant[]): boolean =>
  areEqual(intersectGrants(a, b), normalizeGrants(a));

const areEqual = (a: readonly Grant[], b: readonly Grant[]): boolean =>
  a.map(printGrant).join("\n") === b.map(printGrant).join("\n");

export const readGrants = (texts: unknown): Grant[] =>
  (texts as readonly string[]).flatMap((text) => parseGrant(text) ?? []);

export const intersectBounds = <T>(a: Bound<T>, b: Bound<T>): Bound<T> =>
  a === null ? b : b === null ? a : new Set([...a].filter((one) => b.has(one)));

export const isWithinBound = <T>(a: Bound<T>, b: Bound<T>): boolean =>
  b === null || (a !== null && [...a].every((one) => b.has(one)));

const isIn = <T>(one: T, bound: Bound<T>): boolean => bound === null || bound.has(one);

/** All routes that a grant can name, for the comparison of tenants: before a change and after it. */
export interface Universe {
  /** The routes that each shared role grants, before or after. */
  readonly sharedRoles: ReadonlyMap<RoleName, ReadonlySet<RouteKey>>;
  readonly routes: ReadonlySet<RouteKey>;
}

/** A tenant with its plan. */
export interface PlannedTenant {
  readonly tenant: TenantItem;
  /** Null: no plan, so no ceiling and all shared roles. */
  readonly plan: Pick<PlanItem, "ceiling" | "roles"> | null;
}

/** Returns whether `b` allows every request that `a` allows, whatever the shared roles grant. */
export function isWithinTenant(a: PlannedTenant, b: PlannedTenant, universe: Universe): boolean {
  if (a.tenant.status === "suspended") return true;
  if (b.tenant.status === "suspended") return false;
  return (
    isWithinBound(a.tenant.issuers, b.tenant.issuers) &&
    isWithinClients(a.tenant, b.tenant) &&
    [...a.tenant.directories].every(([issuer, name]) => b.tenant.directories.get(issuer) === name) &&
    [...universe.sharedRoles].every(([role, routes]) => isWithinRole(a, b, role, routes)) &&
    [...a.tenant.roles.keys()].every((role) => isWithinGrants(ownGrants(a, role), ownGrants(b, role)))
  );
}

/** Returns whether `a` takes from each client's and delegate's ceiling at least what `b` takes. */
const isWithinClients = (a: TenantItem, b: TenantItem): boolean =>
  [...b.clients].every(([issuer, { otherwise, clients, delegates }]) => {
    const own = a.clients.get(issuer);
    return (
      takesAll(own?.otherwise, otherwise) &&
      [...clients].every(([client, change]) => takesAll(own?.clients.get(client), change)) &&
      [...delegates].every(([delegate, change]) => takesAll(own?.delegates.get(delegate), change))
    );
  });

const takesAll = (a: CeilingChange | undefined, b: CeilingChange | undefined): boolean =>
  b === undefined || a === "none" || (b === "none" ? false : [...b].every((route) => a?.has(route) === true));

function isWithinRole(
  a: PlannedTenant,
  b: PlannedTenant,
  role: RoleName,
  routes: ReadonlySet<RouteKey>,
): boolean {
  if (!hasSharedRole(a, role)) return true;
  const allowed = [...routes].filter((route) => isReachable(a, route) && !isRemoved(a, role, route));
  return (
    allowed.length === 0 ||
    (hasSharedRole(b, role) && allowed.every((route) => isReachable(b, route) && !isRemoved(b, role, route)))
  );
}

const hasSharedRole = ({ tenant, plan }: PlannedTenant, role: RoleName): boolean =>
  !tenant.roles.has(role) && isIn(role, plan?.roles ?? null) && tenant.changes.get(role) !== "none";

/** Returns whether the plan's ceiling and the tenant's `never` leave the route reachable. */
const isReachable = ({ tenant, plan }: PlannedTenant, route: RouteKey): boolean =>
  !tenant.never.has(route) && isIn(route, plan?.ceiling ?? null);

function isRemoved({ tenant }: PlannedTenant, role: RoleName, route: RouteKey): boolean {
  const change = tenant.changes.get(role);
  return change !== undefined && change !== "none" && change.has(route);
}

const ownGrants = (planned: PlannedTenant, role: RoleName): Grant[] =>
  (planned.tenant.roles.get(role) ?? []).filter((grant) => isReachable(planned, grant.route));

/** Returns a tenant with the restrictions of both, which keeps the plan of `a`. */
export function intersectTenants(
  a: PlannedTenant,
  b: PlannedTenant,
  universe: Universe,
): Omit<TenantItem, "hash"> {
  const [one, other] = [a.tenant, b.tenant];
  const outside = [...universe.routes].filter((route) => !isIn(route, b.plan?.ceiling ?? null));
  const changes = [...universe.sharedRoles.keys()].flatMap((role): (readonly [RoleName, RoleChange])[] => {
    const change = isIn(role, b.plan?.roles ?? null)
      ? joinChanges(one.changes.get(role), other.changes.get(role))
      : "none";
    return change === undefined ? [] : [[role, change]];
  });
  const both = [...one.roles.keys()].filter((role) => other.roles.has(role));
  return {
    id: one.id,
    status: one.status === "suspended" ? one.status : other.status,
    plan: one.plan,
    issuers: intersectBounds(one.issuers, other.issuers),
    changes: new Map(changes),
    never: new Set([...one.never, ...other.never, ...outside]),
    roles: new Map(
      both.map((role) => [role, intersectGrants(one.roles.get(role) ?? [], other.roles.get(role) ?? [])]),
    ),
    clients: joinClients(one.clients, other.clients),
    directories: new Map(
      [...one.directories].filter(([issuer, name]) => other.directories.get(issuer) === name),
    ),
  };
}

/** Returns what both tenants together take from the ceilings of clients. */
function joinClients(a: TenantItem["clients"], b: TenantItem["clients"]): TenantItem["clients"] {
  return new Map(
    [...new Set([...a.keys(), ...b.keys()])].map((issuer) => {
      const [one, other] = [a.get(issuer), b.get(issuer)];
      return [
        issuer,
        {
          otherwise: joinChanges(one?.otherwise, other?.otherwise),
          clients: joinEntries(one?.clients, other?.clients),
          delegates: joinEntries(one?.delegates, other?.delegates),
        },
      ];
    }),
  );
}

type Entries = ReadonlyMap<string, CeilingChange>;

function joinEntries(a: Entries = new Map(), b: Entries = new Map()): Entries {
  const names = new Set([...a.keys(), ...b.keys()]);
  return new Map(
    [...names].flatMap((name): (readonly [string, CeilingChange])[] => {
      const change = joinChanges(a.get(name), b.get(name));
      return change === undefined ? [] : [[name, change]];
    }),
  );
}

function joinChanges(a: RoleChange | undefined, b: RoleChange | undefined): RoleChange | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a === "none" || b === "none" ? "none" : new Set([...a, ...b]);
}
