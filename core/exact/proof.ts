import type { Group, Layout } from "../model/layout.ts";
import type { Route } from "../model/route.ts";
import { denySize, longestForPath, pathSize, RESOURCE_BUDGET, routeSize, type Sizes } from "./budget.ts";
import { type ArnReading, anyMethodParts, overlaps, patternParts } from "./overlap.ts";

/**
 * Looks for whatever would make a layout's policies inexact or too long, anew and without the search that
 * made it: two routes of a group of which one's pattern matches the other's requests, a merged path that
 * reaches another, a group whose longest policy does not fit, a route in two groups or in none. An empty list
 * is the proof that every set of grants has an exact policy in each group.
 */
export function findViolations(
  layout: Layout,
  routes: readonly Route[],
  sizes: Sizes,
  reading: ArnReading,
): string[] {
  return [
    ...misplaced(layout, routes),
    ...layout.groups.flatMap((group) => [...inexact(group, reading), ...tooLong(group, sizes)]),
  ];
}

function misplaced({ groups }: Layout, routes: readonly Route[]): string[] {
  const placed = groups.flatMap((group) => group.routes.map((route) => route.key));
  const wrong = routes.filter(({ key }) => placed.filter((other) => other === key).length !== 1);
  const unknown = placed.filter((key) => !routes.some((route) => route.key === key));
  return [
    ...wrong.map(({ key }) => `${key} is not in exactly one group`),
    ...unknown.map((key) => `${key} is no route`),
  ];
}

function inexact(group: Group, reading: ArnReading): string[] {
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

function tooLong(group: Group, sizes: Sizes): string[] {
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
    ? [`group ${group.name}: its longest policy takes ${bytes} bytes of ${RESOURCE_BUDGET}`]
    : [];
}
