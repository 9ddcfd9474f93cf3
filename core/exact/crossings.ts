import type { Group } from "../model/layout.ts";
import type { Route, Segment } from "../model/route.ts";
import { type ArnReading, overlaps, patternParts } from "./overlap.ts";

/** Two routes that are in different groups because the pattern of one matches requests of the other. */
export interface Crossing {
  readonly pattern: Route;
  readonly request: Route;
  /** The groups of the two. */
  readonly groups: readonly [pattern: string, request: string];
}

/** Finds all pairs of routes that would make a policy inexact if they were in the same group. */
export function findCrossings(
  groups: readonly Pick<Group, "name" | "routes">[],
  reading: ArnReading,
): Crossing[] {
  const members = groups.flatMap(({ name, routes }) => routes.map((route) => ({ name, route })));
  return members.flatMap(({ name, route: pattern }) => {
    const parts = patternParts(pattern);
    return members
      .filter(
        ({ name: other, route: request }) =>
          other !== name &&
          request.method === pattern.method &&
          mayOverlap(pattern.segments, request.segments) &&
          overlaps(parts, request, reading),
      )
      .map(({ name: other, route: request }) => ({ pattern, request, groups: [name, other] as const }));
  });
}

/** Returns whether a search is needed. Most pairs differ in their first literal. */
function mayOverlap([a]: readonly Segment[], [b]: readonly Segment[]): boolean {
  return a?.kind !== "literal" || b?.kind !== "literal" || a.text === b.text;
}
