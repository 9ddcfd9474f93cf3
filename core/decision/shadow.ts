import type { RouteKey } from "../model/ids.ts";
import type { Layout, TenantSelector } from "../model/layout.ts";
import type { Route } from "../model/route.ts";
import { respondTo } from "./authorize.ts";
import type { Caller } from "./caller.ts";
import { isPartOf } from "./decide.ts";
import { collectFindings, decisiveFinding, type Finding, type FindingOf, type Report } from "./finding.ts";
import type { StoredPermissions } from "./permissions.ts";
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

/** A route that a response grants, with the values that its parameters may have. */
export type ShadowedRoute = Pick<FindingOf<"granted">, "route" | "alternatives">;

/** The routes that a response grants, or the reason why there are none. */
export interface GrantedRoutes {
  readonly routes: readonly ShadowedRoute[];
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
  const routes: ShadowedRoute[] = [];
  const reportOthers: Report = (finding) => {
    if (finding.check === "granted") routes.push(finding);
  };
  const { result, findings } = collectFindings((report) =>
    respondTo(resolved, caller, stored, layout, { reportOthers }, (finding) => {
      report(finding);
      reportOthers(finding);
    }),
  );
  const { log } = result;
  const check = decisiveFinding(findings)?.check;
  return log["outcome"] === "allow"
    ? { routes, check }
    : { routes: [], reason: String(log["reason"]), check };
}

/**
 * Lists the routes that the candidate grants to more requests than the live policies (`gained`) or to fewer
 * (`lost`). A bound route may be in both lists.
 */
export const compareGrantedRoutes = (
  live: readonly ShadowedRoute[],
  candidate: readonly ShadowedRoute[],
): { readonly gained: readonly RouteKey[]; readonly lost: readonly RouteKey[] } => ({
  gained: onlyIn(candidate, live),
  lost: onlyIn(live, candidate),
});

/** Lists the routes of `some` with an alternative that no alternative in `others` covers. */
function onlyIn(some: readonly ShadowedRoute[], others: readonly ShadowedRoute[]): RouteKey[] {
  const alternativesIn = new Map(others.map(({ route, alternatives }) => [route, alternatives]));
  return some
    .filter(({ route, alternatives }) => {
      const allowed = alternativesIn.get(route) ?? [];
      return !alternatives.every((values) => allowed.some((other) => isPartOf(other, values)));
    })
    .map(({ route }) => route);
}
