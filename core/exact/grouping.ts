import type { Route } from "../route.ts";
import {
  denySize,
  longestForPath,
  pathSize,
  RESOURCE_BUDGET,
  type RouteSize,
  routeSize,
  type Sizes,
} from "./budget.ts";
import { type Conflicts, findClique, findConflicts } from "./conflicts.ts";
import type { ArnReading } from "./overlap.ts";

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
 * group, and such that the longest policy of each fits. Starts at the number that is needed at least, by
 * routes that exclude each other and by bytes, so a result with that number is the fewest there is.
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
  const bytes = conflicts.paths.reduce(
    (total, { segments, routes: own }) =>
      total + longestForPath(sizesOf(own, sizeOf), pathSize("*", segments, sizes)),
    0,
  );
  const needed = Math.max(1, clique.length, Math.ceil(bytes / room));
  for (let count = needed; count <= maxGroups; count++) {
    const placed = place(conflicts, sizeOf, sizes, count);
    if (placed !== undefined)
      return placed.filter((group) => group.members.size > 0).map((group) => finish(group, conflicts));
  }
  return {
    needed: Math.max(needed, maxGroups + 1),
    because: clique.length > maxGroups ? { clique } : { bytes },
  };
}

/** A route with a path so long that no resource takes it has no size. */
const fits = (size: RouteSize | undefined, room: number): boolean =>
  size !== undefined && size.free > 0 && Math.max(size.free, size.bound) <= room;
const sizesOf = (routes: readonly Route[], sizeOf: ReadonlyMap<Route, RouteSize>): RouteSize[] =>
  routes.flatMap((route) => sizeOf.get(route) ?? []);

/** First fit; a path without a place goes first in the next round. */
function place(
  conflicts: Conflicts,
  sizeOf: ReadonlyMap<Route, RouteSize>,
  sizes: Sizes,
  count: number,
): OpenGroup[] | undefined {
  const order = [...conflicts.paths.keys()];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const groups = Array.from({ length: count }, () => new OpenGroup(conflicts, sizeOf, sizes));
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

/** A group while it is being filled: it knows the longest policy that it can need so far. */
class OpenGroup {
  readonly members = new Map<number, readonly Route[]>();
  readonly #conflicts: Conflicts;
  readonly #sizeOf: ReadonlyMap<Route, RouteSize>;
  readonly #sizes: Sizes;
  #longest: number;

  constructor(conflicts: Conflicts, sizeOf: ReadonlyMap<Route, RouteSize>, sizes: Sizes) {
    this.#conflicts = conflicts;
    this.#sizeOf = sizeOf;
    this.#sizes = sizes;
    this.#longest = denySize(sizes);
  }

  get longest(): number {
    return this.#longest;
  }

  takes(path: number, routes: readonly Route[]): boolean {
    const excluded = [...(this.#conflicts.overlapping[path] ?? [])].some((other) =>
      sharesMethod(routes, this.members.get(other)),
    );
    return !excluded && this.#longestWith(path, routes) <= RESOURCE_BUDGET;
  }

  add(path: number, routes: readonly Route[]): void {
    this.#longest = this.#longestWith(path, routes);
    this.members.set(path, [...(this.members.get(path) ?? []), ...routes]);
  }

  growth(path: number, routes: readonly Route[]): number {
    return this.#longestWith(path, routes) - this.#longest;
  }

  /** Whether one resource for all methods of a path would reach no other path of this group. */
  isAlone(path: number): boolean {
    const reached = (other: number): boolean =>
      this.#conflicts.reachedByAnyMethod[other]?.includes(path) === true;
    return ![...this.members.keys()].some((other) => other !== path && reached(other));
  }

  /** The new path takes its own length, and paths that its requests now keep from being merged grow. */
  #longestWith(path: number, routes: readonly Route[]): number {
    const own = this.members.get(path) ?? [];
    const before = own.length === 0 ? 0 : this.#pathLength(path, own, this.isAlone(path));
    const after = this.#pathLength(path, [...own, ...routes], this.isAlone(path));
    const grown =
      own.length > 0
        ? []
        : (this.#conflicts.reachedByAnyMethod[path] ?? []).filter(
            (other) => this.members.has(other) && this.isAlone(other),
          );
    const growth = grown.map(
      (other) =>
        this.#pathLength(other, this.members.get(other) ?? [], false) -
        this.#pathLength(other, this.members.get(other) ?? [], true),
    );
    return this.#longest - before + after + growth.reduce((sum, bytes) => sum + bytes, 0);
  }

  #pathLength(path: number, routes: readonly Route[], alone: boolean): number {
    const segments = this.#conflicts.paths[path]?.segments ?? [];
    return longestForPath(
      sizesOf(routes, this.#sizeOf),
      alone ? pathSize("*", segments, this.#sizes) : undefined,
    );
  }
}

const sharesMethod = (routes: readonly Route[], others: readonly Route[] | undefined): boolean =>
  others?.some((other) => routes.some((route) => route.method === other.method)) === true;

function finish(group: OpenGroup, { paths }: Conflicts): RouteGroup {
  const merged = [...group.members].filter(([path, routes]) => routes.length > 1 && group.isAlone(path));
  return {
    routes: [...group.members.values()].flat(),
    anyMethodPaths: merged.map(([path]) => paths[path]?.path ?? "").sort(),
    longest: group.longest,
  };
}
