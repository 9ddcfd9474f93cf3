import type { RouteKey } from "../model/ids.ts";
import { type Layout, routesInScope, type TenantSelector } from "../model/layout.ts";
import type { Route } from "../model/route.ts";
import { respondTo } from "./authorize.ts";
import type { Caller } from "./caller.ts";
import { decide, type GrantedRoute, isPartOf } from "./decide.ts";
import { isDenial } from "./denial.ts";
import { permissionsOf, type StoredPermissions } from "./permissions.ts";
import type { ResolvedRoute } from "./resolve-route.ts";

/** A candidate's items lie in the live table, each in its partition's name with this before it: no live key begins so. */
export const SHADOW_PREFIX = "SHADOW#";
/** The item beside the candidate's catalogue that says which candidate it is. */
export const CANDIDATE_SORT_KEY = "CANDIDATE";

/** What a candidate must share with the live layout, which decides for both: routes, their scopes, the tenant selector. */
export const routesText = (routes: readonly Route[], selector: TenantSelector): string =>
  [JSON.stringify(selector), ...routes.map(({ key, scopes }) => [key, ...scopes].join(" ")).sort()].join(
    "\n",
  );

/** What a caller gets where a request was made: the routes of the answer, or why there are none. */
export interface GrantedRoutes {
  readonly routes: readonly GrantedRoute[];
  readonly reason?: string | undefined;
}

/** What an answer allows, as the answer is given: one that is refused as a whole allows nothing. @throws UnavailableError */
export function findGrantedRoutes(
  resolved: ResolvedRoute,
  caller: Caller,
  stored: StoredPermissions,
  layout: Layout,
): GrantedRoutes {
  const { log } = respondTo(resolved, caller, stored, layout);
  if (log["outcome"] !== "allow") return { routes: [], reason: String(log["reason"]) };
  const permissions = permissionsOf(caller, stored);
  const decision = isDenial(permissions)
    ? permissions
    : decide(permissions, routesInScope(layout, resolved), layout);
  return { routes: isDenial(decision) ? [] : decision.granted };
}

/** Routes of which one side allows a request that the other refuses; a bound route may be both. */
export const compareGrantedRoutes = (
  live: readonly GrantedRoute[],
  candidate: readonly GrantedRoute[],
): { readonly gained: readonly RouteKey[]; readonly lost: readonly RouteKey[] } => ({
  gained: beyond(candidate, live),
  lost: beyond(live, candidate),
});

function beyond(some: readonly GrantedRoute[], others: readonly GrantedRoute[]): RouteKey[] {
  const known = new Map(others.map(({ route, alternatives }) => [route.key, alternatives]));
  return some
    .filter(({ route, alternatives }) => {
      const allowed = known.get(route.key) ?? [];
      return !alternatives.every((values) => allowed.some((other) => isPartOf(other, values)));
    })
    .map(({ route }) => route.key);
}
