import { conjoin, type Grant, normalizeGrants, parseGrant, printGrant } from "../../model/grant.ts";
import type { RoleName, RouteKey } from "../../model/ids.ts";
import type { PlanItem, RoleChange, TenantItem } from "../../model/items.ts";

/** Null: no bound. */
export type Bound<T> = ReadonlySet<T> | null;

/** What both allow. Of two normal forms it is one too, so texts can be compared. */
export function intersectGrants(a: readonly Grant[], b: readonly Grant[]): Grant[] {
  return normalizeGrants(
    a.flatMap((one) =>
      b
        .filter((other) => other.route === one.route)
        .map((other) => ({ route: one.route, binding: conjoin(one.binding, other.binding) })),
    ),
  );
}

/** Whether every request that `a` allows is one that `b` allows. */
export const isWithinGrants = (a: readonly Grant[], b: readonly Grant[]): boolean =>
  sameTexts(intersectGrants(a, b), normalizeGrants(a));

const sameTexts = (a: readonly Grant[], b: readonly Grant[]): boolean =>
  a.map(printGrant).join("\n") === b.map(printGrant).join("\n");

export const readGrants = (texts: unknown): Grant[] =>
  (texts as readonly string[]).flatMap((text) => parseGrant(text) ?? []);

export const intersectBounds = <T>(a: Bound<T>, b: Bound<T>): Bound<T> =>
  a === null ? b : b === null ? a : new Set([...a].filter((one) => b.has(one)));

export const isWithinBound = <T>(a: Bound<T>, b: Bound<T>): boolean =>
  b === null || (a !== null && [...a].every((one) => b.has(one)));

const isIn = <T>(one: T, bound: Bound<T>): boolean => bound === null || bound.has(one);

/** What tenants are compared against: every route that a shared role grants, before or after. */
export interface Universe {
  readonly sharedRoles: ReadonlyMap<RoleName, ReadonlySet<RouteKey>>;
  readonly routes: ReadonlySet<RouteKey>;
}

/** A tenant with its plan's content; null: no plan, so no ceiling and every shared role. */
export interface PlannedTenant {
  readonly tenant: TenantItem;
  readonly plan: Pick<PlanItem, "ceiling" | "roles"> | null;
}

/** Whether every request that `a` allows is one that `b` allows, whatever the shared roles grant. */
export function isWithinTenant(a: PlannedTenant, b: PlannedTenant, universe: Universe): boolean {
  if (a.tenant.status === "suspended") return true;
  if (b.tenant.status === "suspended") return false;
  return (
    isWithinBound(a.tenant.issuers, b.tenant.issuers) &&
    [...universe.sharedRoles].every(([role, routes]) => isWithinRole(a, b, role, routes)) &&
    [...a.tenant.roles.keys()].every((role) => isWithinGrants(ownOpen(a, role), ownOpen(b, role)))
  );
}

function isWithinRole(
  a: PlannedTenant,
  b: PlannedTenant,
  role: RoleName,
  routes: ReadonlySet<RouteKey>,
): boolean {
  if (!hasShared(a, role)) return true;
  const open = [...routes].filter((route) => isOpen(a, route) && !isTaken(a, role, route));
  return (
    open.length === 0 ||
    (hasShared(b, role) && open.every((route) => isOpen(b, route) && !isTaken(b, role, route)))
  );
}

const hasShared = ({ tenant, plan }: PlannedTenant, role: RoleName): boolean =>
  !tenant.roles.has(role) && isIn(role, plan?.roles ?? null) && tenant.changes.get(role) !== "none";

const isOpen = ({ tenant, plan }: PlannedTenant, route: RouteKey): boolean =>
  !tenant.never.has(route) && isIn(route, plan?.ceiling ?? null);

function isTaken({ tenant }: PlannedTenant, role: RoleName, route: RouteKey): boolean {
  const change = tenant.changes.get(role);
  return change !== undefined && change !== "none" && change.has(route);
}

const ownOpen = (planned: PlannedTenant, role: RoleName): Grant[] =>
  (planned.tenant.roles.get(role) ?? []).filter((grant) => isOpen(planned, grant.route));

/** Two tenants' restrictions together, in a tenant that keeps the first one's plan. */
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
  };
}

function joinChanges(a: RoleChange | undefined, b: RoleChange | undefined): RoleChange | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a === "none" || b === "none" ? "none" : new Set([...a, ...b]);
}
