import type { Group, Layout } from "../model/layout.ts";
import type { Route } from "../model/route.ts";
import { denySize, longestForPath, pathSize, RESOURCE_BUDGET, routeSize, type Sizes } from "./budget.ts";
import { type ArnReading, anyMethodParts, overlaps, patternParts } from "./overlap.ts";

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
  const grouped = groups.flatMap((group) => group.routes.map((route) => route.key));
  const wrong = routes.filter(({ key }) => grouped.filter((other) => other === key).length !== 1);
  const unknown = grouped.filter((key) => !routes.some((route) => route.key === key));
  return [
    ...wrong.map(({ key }) => `${key} is not in exactly one group`),
    ...unknown.map((key) => `${key} is in a group, but is not a route`),
  ];
}

function findInexact(group: Group, reading: ArnReading): string[] {
  const found: string[] = [];
  for (const route of group.routes)
    for (const other of group.routes)
      if (route !== other && overlaps(patternParts(route), other, reading))
        found.push(`group ${group.name}: the pattern of ${route.key} matches requests of ${other.key}`);
  for (const path of group.anyMethodPaths)
    for (const route of group.routes)
      if (route.path !== path && reachesPath(group, path, route, reading))
        found.push(`group ${group.name}: * ${path} matches requests of ${route.key}`);
  return found;
}

function reachesPath(group: Group, path: string, route: Route, reading: ArnReading): boolean {
  const segments = group.routes.find((candidate) => candidate.path === path)?.segments;
  return segments !== undefined && overlaps(anyMethodParts(segments), route, reading);
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
