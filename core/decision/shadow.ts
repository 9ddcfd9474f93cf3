import type { RouteKey } from "../model/ids.ts";
import { type Layout, routesInScope, type TenantSelector } from "../model/layout.ts";
import type { Route } from "../model/route.ts";
import { respondTo } from "./authorize.ts";
import type { Caller } from "./caller.ts";
import { decide, type GrantedRoute, isPartOf } from "./decide.ts";
import { isDenial } from "./denial.ts";
import { decisiveFinding, type Finding } from "./finding.ts";
import { permissionsOf, type StoredPermissions } from "./permissions.ts";
import type { ResolvedRoute } from "./resolve-route.ts";

/** The prefix of a candidate's partition keys in the live table. No live key starts with it. */
export const SHADOW_PREFIX = "SHADOW#";
/** The sort key of the item, next to the candidate's catalogue, that identifies the candidate. */
export const CANDIDATE_SORT_KEY = "CANDIDATE";

/**
 * Prints the routes, their scopes and the tenant selector as one string. It must be the same for a candidate
 * and the live bundle, because the live layout decides for both.
 */
export const routesText = (routes: readonly Route[], selector: TenantSelector): string =>
  [JSON.stringify(selector), ...routes.map(({ key, scopes }) => [key, ...scopes].join(" ")).sort()].join(
    "\n",
  );

/** The routes that a response grants, or the reason why there are none. */
export interface GrantedRoutes {
  readonly routes: readonly GrantedRoute[];
  readonly reason?: string | undefined;
  /** The check that decides the request, if it is denied. */
  readonly check?: Finding["check"] | undefined;
}

/**
 * Finds the routes that the response to a request grants. A response that denies as a whole grants none.
 *
 * @throws InternalError `item_invalid` or `policy_too_large`
 */
export function findGrantedRoutes(
  resolved: ResolvedRoute,
  caller: Caller,
  stored: StoredPermissions,
  layout: Layout,
): GrantedRoutes {
  const findings: Finding[] = [];
  const { log } = respondTo(resolved, caller, stored, layout, {}, (finding) => {
    findings.push(finding);
  });
  const check = decisiveFinding(findings)?.check;
  if (log["outcome"] !== "allow") return { routes: [], reason: String(log["reason"]), check };
  const permissions = permissionsOf(caller, stored);
  const decision = isDenial(permissions)
    ? permissions
    : decide(permissions, routesInScope(layout, resolved), layout);
  return { routes: isDenial(decision) ? [] : decision.granted, check };
}

/**
 * Lists the routes that the candidate grants to more requests than the live policies (`gained`) or to fewer
 * (`lost`). A bound route may be in both lists.
 */
export const compareGrantedRoutes = (
  live: readonly GrantedRoute[],
  candidate: readonly GrantedRoute[],
): { readonly gained: readonly RouteKey[]; readonly lost: readonly RouteKey[] } => ({
  gained: onlyIn(candidate, live),
  lost: onlyIn(live, candidate),
});

/** Lists the routes of `some` with an alternative that no alternative in `others` covers. */
function onlyIn(some: readonly GrantedRoute[], others: readonly GrantedRoute[]): RouteKey[] {
  const alternativesIn = new Map(others.map(({ route, alternatives }) => [route.key, alternatives]));
  return some
    .filter(({ route, alternatives }) => {
      const allowed = alternativesIn.get(route.key) ?? [];
      return !alternatives.every((values) => allowed.some((other) => isPartOf(other, values)));
    })
    .map(({ route }) => route.key);
}
