import type { Route } from "../model/route.ts";
import { denySize, RESOURCE_BUDGET, type RouteSize, routeSize, type Sizes } from "./budget.ts";
import { type Conflicts, findClique, findConflicts, groupByPath } from "./conflicts.ts";
import { leastBytes, leastBytesAlone } from "./least-bytes.ts";
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

/** Counts the steps of a grouping, which can take long for thousands of routes. */
export interface GroupingProgress {
  readonly onCompared: () => void;
  readonly onTried: () => void;
}

/** The options of {@link groupRoutes}. */
export interface GroupingOptions {
  readonly sizes: Sizes;
  readonly reading: ArnReading;
  readonly maxGroups: number;
  readonly progress?: GroupingProgress | undefined;
}

/** The largest number of rounds for one number of groups, see {@link assign}. */
const MAX_ROUNDS = 400;

/**
 * The number of times that a path is compared with a group, after which no further rounds are made. Limits the time
 * of a large API, for which a round takes long. Half of what is left is for each number of groups.
 */
const MAX_COMPARISONS = 1_000_000;

/**
 * Divides routes into groups, as few as it finds. In each group no pattern matches another route, and the
 * longest policy fits. The search starts at the lower bound that results from conflicting routes and from
 * bytes, so that a result with this number of groups is optimal. It stops at the first lower bound that exceeds
 * `maxGroups`.
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
  const { sizes, maxGroups, progress } = options;
  const sizeOf = new Map(routes.map((route) => [route, routeSize(route, sizes)]));
  const room = RESOURCE_BUDGET - denySize(sizes);
  const tooLong = routes.filter((route) => !fits(sizeOf.get(route), room));
  if (tooLong.length > 0) return { needed: Number.POSITIVE_INFINITY, because: { tooLong } };
  const paths = groupByPath(routes);
  const lengths = new PathLengths(paths, sizeOf, sizes);
  const bytesAlone = leastBytesAlone(paths, lengths);
  const neededAlone = firstPermitted(1, bytesAlone, room);
  if (neededAlone > maxGroups) return { needed: neededAlone, because: { bytes: bytesAlone(maxGroups) } };
  const conflicts = findConflicts(routes, options.reading, progress?.onCompared);
  const clique = findClique(conflicts);
  if (clique.length > maxGroups) return { needed: clique.length, because: { clique } };
  const bytesFor = leastBytes(conflicts, lengths);
  const least = firstPermitted(Math.max(1, clique.length), bytesFor, room);
  const open = () => new OpenGroup(conflicts, lengths, denySize(sizes));
  const groups = search(conflicts, open, { least, most: maxGroups }, progress?.onTried);
  if (groups !== undefined)
    return groups.filter((group) => group.members.size > 0).map((group) => toRouteGroup(group, conflicts));
  return {
    needed: firstPermitted(maxGroups + 1, bytesFor, room),
    because: { bytes: bytesFor(maxGroups) },
  };
}

/** Returns the first number of groups from `from` on that the bytes permit, which never grow with the number. */
function firstPermitted(from: number, bytesFor: (groups: number) => number, room: number): number {
  let count = from;
  while (bytesFor(count) > count * room) count++;
  return count;
}

/** Returns whether a route alone fits. The size of a route is 0 if its path is too long for any resource. */
const fits = (size: RouteSize | undefined, room: number): boolean =>
  size !== undefined && size.free > 0 && Math.max(size.free, size.bound) <= room;

/** Assigns paths to as few groups as it finds, at most `most`. Returns undefined if it finds no way. */
function search(
  conflicts: Conflicts,
  open: () => OpenGroup,
  { least, most }: { readonly least: number; readonly most: number },
  onTried?: () => void,
): readonly OpenGroup[] | undefined {
  const openAll = (count: number) => {
    onTried?.();
    return Array.from({ length: count }, open);
  };
  let comparisons = MAX_COMPARISONS;
  for (let count = least; count <= most; count++) {
    const inRound = conflicts.paths.length * count;
    const rounds = Math.min(MAX_ROUNDS, Math.floor(comparisons / 2 / inRound));
    if (rounds === 0) return assignToAny(conflicts, open, most);
    const groups = assign(conflicts, () => openAll(count), rounds);
    if (groups !== undefined) return groups;
    comparisons -= rounds * inRound;
  }
  return undefined;
}

/** Assigns paths to groups by first fit. A path that fits nowhere goes first in the next round. */
function assign(conflicts: Conflicts, openAll: () => OpenGroup[], rounds: number): OpenGroup[] | undefined {
  const order = [...conflicts.paths.keys()];
  for (let round = 0; round < rounds; round++) {
    const groups = openAll();
    const stuck = order.findIndex(
      (path) => assignRoutes(path, conflicts.paths[path]?.routes ?? [], groups).length > 0,
    );
    if (stuck === -1) return groups;
    order.unshift(...order.splice(stuck, 1));
  }
  return undefined;
}

/** Assigns paths to groups by first fit, and opens a group for what fits into none. */
function assignToAny(
  { paths }: Conflicts,
  open: () => OpenGroup,
  maxGroups: number,
): OpenGroup[] | undefined {
  const groups = [open()];
  for (const [path, { routes }] of paths.entries()) {
    let left = assignRoutes(path, routes, groups);
    for (; left.length > 0; left = assignRoutes(path, left, groups)) {
      if (groups.length === maxGroups) return undefined;
      groups.push(open());
    }
  }
  return groups;
}

/**
 * Assigns all routes of a path to one group if possible, else each route to a group, preferably one with the
 * same path. Returns the routes that fit nowhere.
 */
function assignRoutes(
  path: number,
  routes: readonly Route[],
  groups: readonly OpenGroup[],
): readonly Route[] {
  const together = findLeastGrowth(path, routes, groups);
  if (together !== undefined) {
    together.add(path, routes);
    return [];
  }
  return routes.filter((route) => {
    const fitting = groups.filter((group) => group.accepts(path, [route]));
    const chosen = fitting.find((group) => group.members.has(path)) ?? fitting[0];
    chosen?.add(path, [route]);
    return chosen === undefined;
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
    const growth = group.growthIfAccepted(path, routes);
    if (growth !== undefined && (best === undefined || growth < best.growth)) best = { group, growth };
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
