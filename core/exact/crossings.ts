import type { Group } from "../model/layout.ts";
import type { Route, Segment } from "../model/route.ts";
import { type ArnReading, overlaps, patternParts } from "./overlap.ts";

/** Why two routes are not in one group: the pattern of one matches requests of the other. */
export interface Crossing {
  readonly pattern: Route;
  readonly request: Route;
  /** The groups of the two. */
  readonly groups: readonly [pattern: string, request: string];
}

/** Every pair of routes that would be inexact together, and that the groups keep apart. */
export function findCrossings(
  groups: readonly Pick<Group, "name" | "routes">[],
  reading: ArnReading,
): Crossing[] {
  const placed = groups.flatMap(({ name, routes }) => routes.map((route) => ({ name, route })));
  return placed.flatMap(({ name, route: pattern }) => {
    const parts = patternParts(pattern);
    return placed
      .filter(
        ({ name: other, route: request }) =>
          other !== name &&
          request.method === pattern.method &&
          mayMeet(pattern.segments, request.segments) &&
          overlaps(parts, request, reading),
      )
      .map(({ name: other, route: request }) => ({ pattern, request, groups: [name, other] as const }));
  });
}

/** Most pairs differ in their first literal: these need no search. */
function mayMeet([a]: readonly Segment[], [b]: readonly Segment[]): boolean {
  return a?.kind !== "literal" || b?.kind !== "literal" || a.text === b.text;
}
