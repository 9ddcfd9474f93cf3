import type { Route } from "../model/route.ts";
import { denySize, RESOURCE_BUDGET, type RouteSize, routeSize, type Sizes } from "./budget.ts";
import { type Conflicts, findClique, findConflicts } from "./conflicts.ts";
import { leastBytes } from "./least-bytes.ts";
import { OpenGroup } from "./open-group.ts";
import type { ArnReading } from "./overlap.ts";
import { PathLengths } from "./path-lengths.ts";

/** The routes of one authorizer. */
export interface RouteGroup {
  readonly routes: readonly Route[];
  /** Paths for which one resource, `*` and the path, may allow all methods when all of them are granted. */
  readonly anyMethodPaths: readonly string[];
  /** The maximum length of the resources of a policy for this group, in bytes. */
  readonly longest: number;
}

/** The reason why the routes do not fit into the permitted number of groups. */
export interface Ungroupable {
  /** A lower bound on the number of groups that are needed. */
  readonly needed: number;
  readonly because:
    | { readonly clique: readonly Route[] }
    | { readonly tooLong: readonly Route[] }
    | { readonly bytes: number };
}

/** The options of {@link groupRoutes}. */
export interface GroupingOptions {
  readonly sizes: Sizes;
  readonly reading: ArnReading;
  readonly maxGroups: number;
}

/**
 * The number of times that a path without a group moves to the front of the order, before one more group is
 * tried.
 */
const MAX_ROUNDS = 400;

/**
 * Divides routes into groups, as few as it finds. In each group no pattern matches another route, and the
 * longest policy fits. The search starts at the lower bound that results from conflicting routes and from
 * bytes, so that a result with this number of groups is optimal.
 *
 * @example
 * import { makeRoute } from "../model/route.ts";
 * import { groupRoutes } from "./grouping.ts";
 *
 * const paths = ["/users/{userId}", "/users/me", "/reports"];
 * const routes = paths.map((path) => makeRoute("GET", path));
 * const sizes = { base: 90, slashes: false, shortTenantIds: true, bindingsOf: () => [] };
 * const groups = groupRoutes(routes, { sizes, reading: { decodedSlashes: false }, maxGroups: 10 });
 * "needed" in groups ? groups.because : groups.map((group) => group.routes.length); // => [2,1]
 */
export function groupRoutes(
  routes: readonly Route[],
  options: GroupingOptions,
): readonly RouteGroup[] | Ungroupable {
  const { sizes, maxGroups } = options;
  const conflicts = findConflicts(routes, options.reading);
  const clique = findClique(conflicts);
  const sizeOf = new Map(routes.map((route) => [route, routeSize(route, sizes)]));
  const room = RESOURCE_BUDGET - denySize(sizes);
  const tooLong = routes.filter((route) => !fits(sizeOf.get(route), room));
  if (tooLong.length > 0) return { needed: Number.POSITIVE_INFINITY, because: { tooLong } };
  const lengths = new PathLengths(conflicts.paths, sizeOf, sizes);
  const bytesFor = leastBytes(conflicts, lengths);
  /**
   * Returns the first number from `from` on that the bytes permit. They never grow with the number of groups.
   */
  const firstPermitted = (from: number): number => {
    let count = from;
    while (bytesFor(count) > count * room) count++;
    return count;
  };
  for (let count = firstPermitted(Math.max(1, clique.length)); count <= maxGroups; count++) {
    const groups = assign(conflicts, lengths, denySize(sizes), count);
    if (groups !== undefined)
      return groups.filter((group) => group.members.size > 0).map((group) => toRouteGroup(group, conflicts));
  }
  return {
    needed: firstPermitted(Math.max(clique.length, maxGroups + 1)),
    because: clique.length > maxGroups ? { clique } : { bytes: bytesFor(maxGroups) },
  };
}

/** Returns whether a route alone fits. The size of a route is 0 if its path is too long for any resource. */
const fits = (size: RouteSize | undefined, room: number): boolean =>
  size !== undefined && size.free > 0 && Math.max(size.free, size.bound) <= room;

/** Assigns paths to groups by first fit. A path that fits nowhere goes first in the next round. */
function assign(
  conflicts: Conflicts,
  lengths: PathLengths,
  emptyLength: number,
  count: number,
): OpenGroup[] | undefined {
  const order = [...conflicts.paths.keys()];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const groups = Array.from({ length: count }, () => new OpenGroup(conflicts, lengths, emptyLength));
    const stuck = order.findIndex((path) => !assignPath(path, conflicts, groups));
    if (stuck === -1) return groups;
    order.unshift(...order.splice(stuck, 1));
  }
  return undefined;
}

/**
 * Assigns all methods of a path to one group if possible, else each method to a group, preferably one with the
 * same path.
 */
function assignPath(path: number, { paths }: Conflicts, groups: readonly OpenGroup[]): boolean {
  const routes = paths[path]?.routes ?? [];
  const together = findLeastGrowth(path, routes, groups);
  if (together !== undefined) {
    together.add(path, routes);
    return true;
  }
  return routes.every((route) => {
    const fitting = groups.filter((group) => group.accepts(path, [route]));
    const chosen = fitting.find((group) => group.members.has(path)) ?? fitting[0];
    chosen?.add(path, [route]);
    return chosen !== undefined;
  });
}

/** Finds the group whose longest policy grows the least, so that resources for all methods stay possible. */
function findLeastGrowth(
  path: number,
  routes: readonly Route[],
  groups: readonly OpenGroup[],
): OpenGroup | undefined {
  let best: { group: OpenGroup; growth: number } | undefined;
  for (const group of groups) {
    if (!group.accepts(path, routes)) continue;
    const growth = group.growth(path, routes);
    if (best === undefined || growth < best.growth) best = { group, growth };
  }
  return best?.group;
}

function toRouteGroup(group: OpenGroup, { paths }: Conflicts): RouteGroup {
  const merged = [...group.members].filter(([path, routes]) => routes.length > 1 && group.isAlone(path));
  return {
    routes: [...group.members.values()].flat(),
    anyMethodPaths: merged.map(([path]) => paths[path]?.path ?? "").sort(),
    longest: group.longest,
  };
}
