import { METHODS, type Route, type Segment } from "../model/route.ts";
import { type ArnReading, anyMethodParts, patternParts, requestParts } from "./overlap.ts";
import { PairSet } from "./pair-set.ts";
import { matcherOf } from "./pattern-masks.ts";

/** The routes of one path. {@link Conflicts} refers to a path by its index. */
export interface PathRoutes {
  readonly path: string;
  readonly segments: readonly Segment[];
  readonly routes: readonly Route[];
}

/** The conflicts between paths: which patterns match which requests. Paths are referred to by their index. */
export interface Conflicts {
  readonly paths: readonly PathRoutes[];
  /**
   * The pairs of paths that cannot share a group if both have a route of the same method, because the pattern of
   * one matches a request of the other. Contains both orders of a pair.
   */
  readonly overlapping: Pairs;
  /** The pairs of a path with several methods and a path whose requests its pattern for all methods matches too. */
  readonly reaching: Pairs;
}

type Pairs = Pick<PairSet, "has">;

/**
 * Groups routes by path. The order depends on each path alone, so that an edit does not move the other
 * paths.
 */
export function groupByPath(routes: readonly Route[]): PathRoutes[] {
  const paths = new Map<string, Route[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return [...paths]
    .map(([path, own]) => ({ path, segments: own[0]?.segments ?? [], routes: own.sort(byMethod) }))
    .sort((a, b) => literalShare(a.segments) - literalShare(b.segments) || (a.path < b.path ? -1 : 1));
}

const byMethod = (a: Route, b: Route): number => METHODS.indexOf(a.method) - METHODS.indexOf(b.method);

/** Returns the share of literals. Paths with many parameters have the most conflicts, so they come first. */
function literalShare(segments: readonly Segment[]): number {
  return segments.length === 0
    ? 1
    : segments.filter((segment) => segment.kind === "literal").length / segments.length;
}

/**
 * Finds the paths that conflict with each other.
 *
 * @example
 * import { makeRoute } from "../model/route.ts";
 * import { findConflicts } from "./conflicts.ts";
 *
 * const routes = ["/users/{userId}", "/users/me", "/reports"].map((path) => makeRoute("GET", path));
 * const conflicts = findConflicts(routes, { decodedSlashes: false });
 * conflicts.paths.map(({ path }) => path); // => ["/users/{userId}","/reports","/users/me"]
 * [conflicts.overlapping.has(0, 1), conflicts.overlapping.has(0, 2)]; // => [false,true]
 */
export function findConflicts(
  routes: readonly Route[],
  reading: ArnReading,
  onCompared?: () => void,
): Conflicts {
  const paths = groupByPath(routes);
  const overlapping = new PairSet(paths.length);
  const reaching = new PairSet(paths.length);
  const requests = paths.map(({ segments }) => requestParts({ method: "GET", segments }, reading));
  for (const [a, { segments, routes: own }] of paths.entries()) {
    onCompared?.();
    const matches = matcherOf(patternParts({ method: "GET", segments }));
    const anyMethod = own.length > 1 ? matcherOf(anyMethodParts(segments)) : undefined;
    for (const [b, request] of requests.entries()) {
      if (a === b) continue;
      if (matches(request)) {
        overlapping.add(a, b);
        overlapping.add(b, a);
      }
      if (anyMethod?.(request) === true) reaching.add(a, b);
    }
  }
  return { paths, overlapping, reaching };
}

/** Finds routes of which no two can share a group, by a greedy search. At least that many groups are needed. */
export function findClique({ paths, overlapping }: Conflicts): Route[] {
  let best: Route[] = [];
  for (const method of new Set(paths.flatMap(({ routes }) => routes.map((route) => route.method)))) {
    const having = paths.flatMap(({ routes }, index) =>
      routes.filter((route) => route.method === method).map((route) => ({ index, route })),
    );
    const degree = new Map(
      having.map(({ index }) => [
        index,
        having.filter((other) => overlapping.has(index, other.index)).length,
      ]),
    );
    const sorted = [...having].sort((a, b) => (degree.get(b.index) ?? 0) - (degree.get(a.index) ?? 0));
    for (const start of sorted) {
      if ((degree.get(start.index) ?? 0) < best.length) break;
      const clique = [start];
      for (const next of sorted)
        if (clique.every((member) => overlapping.has(next.index, member.index))) clique.push(next);
      if (clique.length > best.length) best = clique.map(({ route }) => route);
    }
  }
  return best;
}
