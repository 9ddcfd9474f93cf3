import { RESOURCE_BUDGET } from "../../core/exact/budget.ts";
import { type Crossing, findCrossings } from "../../core/exact/crossings.ts";
import type { RouteKey } from "../../core/model/ids.ts";
import type { Route } from "../../core/model/route.ts";
import type { OpenSet } from "../open-set.ts";

/** An authorizer and what it guards. */
export interface ShownGroup {
  readonly name: string;
  /** Counted from 1: its colour, and the number beside it. */
  readonly number: number;
  readonly routes: readonly Route[];
  /** Of the longest policy that it can need, and what there is, in bytes. */
  readonly longest: number;
  readonly budget: number;
}

export interface Groups {
  readonly groups: readonly ShownGroup[];
  readonly crossings: readonly Crossing[];
  /** Each guarded route's group. */
  readonly of: ReadonlyMap<RouteKey, ShownGroup>;
}

export function groupsOf({ layout, longest, options }: OpenSet): Groups {
  const groups = layout.groups.map(({ name, routes }, index) => ({
    name,
    number: index + 1,
    routes,
    longest: longest[index] ?? 0,
    budget: RESOURCE_BUDGET,
  }));
  return {
    groups,
    crossings: onceEach(findCrossings(groups, { decodedSlashes: options.encodedPaths === "unknown" })),
    of: new Map(groups.flatMap((group) => group.routes.map(({ key }) => [key, group] as const))),
  };
}

/** Where each of two would match the other, the one whose pattern says less is told. */
function onceEach(crossings: readonly Crossing[]): Crossing[] {
  const known = new Set(crossings.map(({ pattern, request }) => `${pattern.key}\n${request.key}`));
  return crossings.filter(
    ({ pattern, request }) =>
      !known.has(`${request.key}\n${pattern.key}`) ||
      literals(pattern) < literals(request) ||
      (literals(pattern) === literals(request) && pattern.key < request.key),
  );
}

const literals = ({ segments }: Route): number => segments.filter(({ kind }) => kind === "literal").length;

/** Whether a route has all the words that are looked for. */
export function matches({ key }: Route, filter: string): boolean {
  const text = key.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** There are ten colours, as an API has ten authorizers by default; the number tells more groups apart. */
export const colourOf = ({ number }: ShownGroup): string => `group-${((number - 1) % 10) + 1}`;
