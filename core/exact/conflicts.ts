import { METHODS, type Route, type Segment } from "../model/route.ts";
import { type ArnReading, anyMethodParts, overlaps, patternParts } from "./overlap.ts";

/** The routes of one path; its index names it among {@link Conflicts}. */
export interface PathRoutes {
  readonly path: string;
  readonly segments: readonly Segment[];
  readonly routes: readonly Route[];
}

/** Which paths' patterns meet which paths' requests, by the paths' places in the list. */
export interface Conflicts {
  readonly paths: readonly PathRoutes[];
  /** Paths whose routes of the same method cannot share a group: a pattern of one matches a request of the other. */
  readonly overlapping: readonly ReadonlySet<number>[];
  /** For each path, the paths whose `*`-method pattern would match its requests too. */
  readonly reachedByAnyMethod: readonly (readonly number[])[];
}

/** The routes by path, in an order that depends on each path alone, so that an edit leaves the rest in place. */
function byPath(routes: readonly Route[]): PathRoutes[] {
  const paths = new Map<string, Route[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return [...paths]
    .map(([path, own]) => ({ path, segments: own[0]?.segments ?? [], routes: own.sort(byMethod) }))
    .sort((a, b) => literalShare(a.segments) - literalShare(b.segments) || (a.path < b.path ? -1 : 1));
}

const byMethod = (a: Route, b: Route): number => METHODS.indexOf(a.method) - METHODS.indexOf(b.method);

/** Paths of many parameters meet the most others, so they are placed first. */
function literalShare(segments: readonly Segment[]): number {
  return segments.length === 0
    ? 1
    : segments.filter((segment) => segment.kind === "literal").length / segments.length;
}

export function findConflicts(routes: readonly Route[], reading: ArnReading): Conflicts {
  const paths = byPath(routes);
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

/** Routes of which no two can share a group, found greedily: so many groups are needed at least. */
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
