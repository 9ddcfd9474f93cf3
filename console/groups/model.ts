import { FRAME_RESERVE } from "../../core/exact/budget.ts";
import { type Crossing, findCrossings } from "../../core/exact/crossings.ts";
import type { RouteKey } from "../../core/model/ids.ts";
import type { Route } from "../../core/model/route.ts";
import { MAX_RESPONSE_BYTES } from "../../core/policy/compile.ts";
import type { OpenSet } from "../open-set.ts";

/** An authorizer group and the routes that it guards. */
export interface ShownGroup {
  readonly name: string;
  /** Starts at 1; selects the colour, and is shown next to the name. */
  readonly number: number;
  readonly routes: readonly Route[];
  /** The size of the longest authorizer response that the group can need, in bytes, as `check` prints it. */
  readonly longest: number;
  /** The largest size that such a response may have, in bytes. */
  readonly budget: number;
}

export interface Groups {
  readonly groups: readonly ShownGroup[];
  readonly crossings: readonly Crossing[];
  /** The group of each guarded route. */
  readonly byRoute: ReadonlyMap<RouteKey, ShownGroup>;
}

/** Builds the authorizer groups of a policy set, with the overlaps between their routes. */
export function buildGroups({ layout, longest, options }: OpenSet): Groups {
  const groups = layout.groups.map(({ name, routes }, index) => ({
    name,
    number: index + 1,
    routes,
    longest: (longest[index] ?? 0) + FRAME_RESERVE,
    budget: MAX_RESPONSE_BYTES,
  }));
  return {
    groups,
    crossings: dropMirrored(findCrossings(groups, { decodedSlashes: options.encodedPaths === "unknown" })),
    byRoute: new Map(groups.flatMap((group) => group.routes.map(({ key }) => [key, group] as const))),
  };
}

/** When two routes match each other, keeps only the crossing whose pattern has fewer literal segments. */
function dropMirrored(crossings: readonly Crossing[]): Crossing[] {
  const pairs = new Set(crossings.map(({ pattern, request }) => `${pattern.key}\n${request.key}`));
  return crossings.filter(
    ({ pattern, request }) =>
      !pairs.has(`${request.key}\n${pattern.key}`) ||
      countLiterals(pattern) < countLiterals(request) ||
      (countLiterals(pattern) === countLiterals(request) && pattern.key < request.key),
  );
}

const countLiterals = ({ segments }: Route): number =>
  segments.filter(({ kind }) => kind === "literal").length;

/** Returns whether a route's key contains every word of the filter. */
export function matchesFilter({ key }: Route, filter: string): boolean {
  const text = key.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/**
 * Returns the style class of a group's colour. There are ten colours, because an API has at most ten authorizers by
 * default; groups beyond the tenth share a colour, and their number distinguishes them.
 */
export const colourClass = ({ number }: ShownGroup): string => `group-${((number - 1) % 10) + 1}`;
