import type { Group, Layout } from "../model/layout.ts";
import type { Route } from "../model/route.ts";
import { denySize, longestForPath, pathSize, RESOURCE_BUDGET, routeSize, type Sizes } from "./budget.ts";
import { type ArnReading, anyMethodParts, matchesRequest, patternParts, requestParts } from "./overlap.ts";

/**
 * Proves a layout, independently of the search that made it. Finds everything that would make a policy inexact
 * or too long: a pattern that matches requests of another route of its group, a resource for all methods that
 * matches another path, a group whose longest policy does not fit, and a route in two groups or in none. If the
 * list is empty, every set of grants has an exact policy in each group.
 *
 * @example
 * import { readLayout } from "../model/layout.ts";
 * import { findViolations } from "./proof.ts";
 *
 * const routes = [["GET", "/users/{userId}"] as const, ["GET", "/users/me"] as const];
 * const settings = { tenantSelector: null, slashes: false, shortTenantIds: true };
 * const groups = [{ name: "a", routes, anyMethodPaths: [] }];
 * const layout = readLayout({ mode: "token", hash: "f3a1", ...settings, groups });
 * const sizes = { base: 90, slashes: false, shortTenantIds: true, bindingsOf: () => [] };
 * const found = findViolations(layout, layout.groups[0]?.routes ?? [], sizes, { decodedSlashes: false });
 * found[0]; // => "group a: the pattern of GET /users/{userId} matches requests of GET /users/me"
 */
export function findViolations(
  layout: Layout,
  routes: readonly Route[],
  sizes: Sizes,
  reading: ArnReading,
): string[] {
  return [
    ...findMisplaced(layout, routes),
    ...layout.groups.flatMap((group) => [...findInexact(group, reading), ...checkLength(group, sizes)]),
  ];
}

function findMisplaced({ groups }: Layout, routes: readonly Route[]): string[] {
  const grouped = new Map<string, number>();
  for (const { key } of groups.flatMap((group) => group.routes))
    grouped.set(key, (grouped.get(key) ?? 0) + 1);
  const known = new Set<string>(routes.map(({ key }) => key));
  const wrong = routes.filter(({ key }) => grouped.get(key) !== 1);
  const unknown = [...grouped.keys()].filter((key) => !known.has(key));
  return [
    ...wrong.map(({ key }) => `${key} is not in exactly one group`),
    ...unknown.map((key) => `${key} is in a group, but is not a route`),
  ];
}

function findInexact(group: Group, reading: ArnReading): string[] {
  const found: string[] = [];
  const requests = group.routes.map((route) => ({ route, parts: requestParts(route, reading) }));
  for (const route of group.routes) {
    const pattern = patternParts(route);
    for (const { route: other, parts } of requests)
      if (route !== other && matchesRequest(pattern, parts))
        found.push(`group ${group.name}: the pattern of ${route.key} matches requests of ${other.key}`);
  }
  for (const path of group.anyMethodPaths) {
    const segments = group.routes.find((candidate) => candidate.path === path)?.segments;
    const pattern = segments === undefined ? undefined : anyMethodParts(segments);
    for (const { route, parts } of requests)
      if (route.path !== path && pattern !== undefined && matchesRequest(pattern, parts))
        found.push(`group ${group.name}: * ${path} matches requests of ${route.key}`);
  }
  return found;
}

function checkLength(group: Group, sizes: Sizes): string[] {
  const paths = [...new Set(group.routes.map((route) => route.path))];
  const bytes = paths.reduce((total, path) => {
    const routes = group.routes.filter((route) => route.path === path);
    const anyMethod = group.anyMethodPaths.has(path)
      ? pathSize("*", routes[0]?.segments ?? [], sizes)
      : undefined;
    return (
      total +
      longestForPath(
        routes.map((route) => routeSize(route, sizes)),
        anyMethod,
      )
    );
  }, denySize(sizes));
  return bytes > RESOURCE_BUDGET
    ? [`group ${group.name}: its longest policy takes ${bytes} bytes, but the limit is ${RESOURCE_BUDGET}`]
    : [];
}
