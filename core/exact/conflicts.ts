import { METHODS, type Route, type Segment } from "../model/route.ts";
import { type ArnReading, anyMethodParts, overlaps, patternParts } from "./overlap.ts";

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
   * For each path, the paths with which it cannot share a group if both have a route of the same method,
   * because the pattern of one matches a request of the other.
   */
  readonly overlapping: readonly ReadonlySet<number>[];
  /** For each path, the paths whose pattern for all methods would match its requests too. */
  readonly reachedByAnyMethod: readonly (readonly number[])[];
}

/**
 * Groups the routes by path. The order depends on each path alone, so that an edit does not move the other
 * paths.
 */
function groupByPath(routes: readonly Route[]): PathRoutes[] {
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
 * const paths = ["/users/{userId}", "/users/me", "/reports"];
 * const routes = paths.map((path) => makeRoute("GET", path));
 * const conflicts = findConflicts(routes, { decodedSlashes: false });
 * conflicts.paths.map(({ path }) => path); // => ["/users/{userId}","/reports","/users/me"]
 * conflicts.overlapping.map((indexes) => [...indexes]); // => [[2],[],[0]]
 */
export function findConflicts(routes: readonly Route[], reading: ArnReading): Conflicts {
  const paths = groupByPath(routes);
  const overlapping = paths.map(() => new Set<number>());
  const reachedByAnyMethod = paths.map((): number[] => []);
  const probe = (segments: readonly Segment[]) => ({ method: "GET" as const, segments });
  for (const [a, one] of paths.entries()) {
    const pattern = patternParts(probe(one.segments));
    const anyMethod = one.routes.length > 1 ? anyMethodParts(one.segments) : undefined;
    for (const [b, other] of paths.entries()) {
      if (a === b) continue;
      if (overlaps(pattern, probe(other.segments), reading)) {
        overlapping[a]?.add(b);
        overlapping[b]?.add(a);
      }
      if (anyMethod !== undefined && overlaps(anyMethod, probe(other.segments), reading))
        reachedByAnyMethod[b]?.push(a);
    }
  }
  return { paths, overlapping, reachedByAnyMethod };
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
        having.filter((other) => overlapping[index]?.has(other.index)).length,
      ]),
    );
    const sorted = [...having].sort((a, b) => (degree.get(b.index) ?? 0) - (degree.get(a.index) ?? 0));
    for (const start of sorted) {
      if ((degree.get(start.index) ?? 0) < best.length) break;
      const clique = [start];
      for (const next of sorted)
        if (clique.every((member) => overlapping[next.index]?.has(member.index))) clique.push(next);
      if (clique.length > best.length) best = clique.map(({ route }) => route);
    }
  }
  return best;
}
