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
  /** Paths whose methods may be allowed by one resource, `*` and the path, when all of them are granted. */
  readonly anyMethodPaths: readonly string[];
  /** The longest that the resources of a policy for this group can be, in bytes. */
  readonly longest: number;
}

/** Why there is no grouping within the limit. */
export interface Ungroupable {
  /** So many groups are needed at least, or were tried for. */
  readonly needed: number;
  readonly because:
    | { readonly clique: readonly Route[] }
    | { readonly tooLong: readonly Route[] }
    | { readonly bytes: number };
}

export interface GroupingOptions {
  readonly sizes: Sizes;
  readonly reading: ArnReading;
  readonly maxGroups: number;
}

/** How often a path that found no place may move to the front of the order before one more group is opened. */
const MAX_ROUNDS = 400;

/**
 * Divides routes into the fewest groups that it finds such that no pattern matches another route of its
 * group, and such that the longest policy of each fits. Tries no number that is too few by routes that exclude
 * each other, or by bytes: so a result with the first number tried is the fewest there is.
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
  /** The first number from there on that the bytes do not rule out; they never grow with the number. */
  const notRuledOut = (from: number): number => {
    let count = from;
    while (bytesFor(count) > count * room) count++;
    return count;
  };
  for (let count = notRuledOut(Math.max(1, clique.length)); count <= maxGroups; count++) {
    const placed = place(conflicts, lengths, denySize(sizes), count);
    if (placed !== undefined)
      return placed.filter((group) => group.members.size > 0).map((group) => finish(group, conflicts));
  }
  return {
    needed: notRuledOut(Math.max(clique.length, maxGroups + 1)),
    because: clique.length > maxGroups ? { clique } : { bytes: bytesFor(maxGroups) },
  };
}

/** A route with a path so long that no resource takes it has no size. */
const fits = (size: RouteSize | undefined, room: number): boolean =>
  size !== undefined && size.free > 0 && Math.max(size.free, size.bound) <= room;

/** First fit; a path without a place goes first in the next round. */
function place(
  conflicts: Conflicts,
  lengths: PathLengths,
  emptyLength: number,
  count: number,
): OpenGroup[] | undefined {
  const order = [...conflicts.paths.keys()];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const groups = Array.from({ length: count }, () => new OpenGroup(conflicts, lengths, emptyLength));
    const stuck = order.findIndex((path) => !placePath(path, conflicts, groups));
    if (stuck === -1) return groups;
    order.unshift(...order.splice(stuck, 1));
  }
  return undefined;
}

/** All methods of a path into one group if one takes them, else each where it fits, beside its siblings first. */
function placePath(path: number, { paths }: Conflicts, groups: readonly OpenGroup[]): boolean {
  const routes = paths[path]?.routes ?? [];
  const together = leastGrown(path, routes, groups);
  if (together !== undefined) {
    together.add(path, routes);
    return true;
  }
  return routes.every((route) => {
    const fitting = groups.filter((group) => group.takes(path, [route]));
    const chosen = fitting.find((group) => group.members.has(path)) ?? fitting[0];
    chosen?.add(path, [route]);
    return chosen !== undefined;
  });
}

/** The group whose longest policy grows the least, the first of equals: there resources stay merged. */
function leastGrown(
  path: number,
  routes: readonly Route[],
  groups: readonly OpenGroup[],
): OpenGroup | undefined {
  let best: { group: OpenGroup; growth: number } | undefined;
  for (const group of groups) {
    if (!group.takes(path, routes)) continue;
    const growth = group.growth(path, routes);
    if (best === undefined || growth < best.growth) best = { group, growth };
  }
  return best?.group;
}

function finish(group: OpenGroup, { paths }: Conflicts): RouteGroup {
  const merged = [...group.members].filter(([path, routes]) => routes.length > 1 && group.isAlone(path));
  return {
    routes: [...group.members.values()].flat(),
    anyMethodPaths: merged.map(([path]) => paths[path]?.path ?? "").sort(),
    longest: group.longest,
  };
}
