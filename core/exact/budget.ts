import type { Binding, BindingSource } from "../model/grant.ts";
import { LIST_LIMIT } from "../model/issuer.ts";
import type { Route, Segment } from "../model/route.ts";
import { EMPTY_SEGMENTS, hasFixedLength, MAX_RESPONSE_BYTES, withExtraSegment } from "../policy/compile.ts";
import {
  combineLengths,
  PUNCTUATION,
  resourceSize,
  SHORT_ID,
  type ValueLengths,
  WORST_VALUE,
} from "../policy/resource-size.ts";

/** The bytes reserved for principal, context, API key and the frame of the document. */
export const FRAME_RESERVE = 1_536;
/** The characters reserved for an ARN up to its stage, if the API's ARN is not known. */
export const BASE_RESERVE = 90;

/** The bytes that remain for the resources of a policy. */
export const RESOURCE_BUDGET = MAX_RESPONSE_BYTES - FRAME_RESERVE;

/** The settings that decide how long a policy can become. */
export interface Sizes {
  /** The length of an ARN up to its stage, in characters. */
  readonly base: number;
  /**
   * Whether routes that end in a literal are also allowed with a trailing slash, which takes a second resource
   * for each.
   */
  readonly slashes: boolean;
  /** Whether all tenant ids are short and unreserved, so that each has only one spelling. */
  readonly shortTenantIds: boolean;
  /**
   * Returns the bindings under which roles grant a route. One policy may contain all of them as alternatives.
   */
  bindingsOf(route: Route): readonly Binding[];
  /** Returns how many values a source has at most: several if a claim may be a list. Absent: one. */
  valuesOf?(source: BindingSource): number;
}

/** The maximum length of a route's resources, in bytes. */
export interface RouteSize {
  /** The length if the route is granted with free parameters. */
  readonly free: number;
  /** The length if the route is granted under all of its bindings at once; 0 if it has none. */
  readonly bound: number;
}

/**
 * Computes the maximum length of a route's resources.
 *
 * @example
 * import { makeRoute } from "../model/route.ts";
 * import { routeSize } from "./budget.ts";
 *
 * const bindingsOf = () => [{ userId: ["subject" as const] }];
 * const sizes = { base: 90, slashes: false, shortTenantIds: true, bindingsOf };
 * routeSize(makeRoute("GET", "/users/{userId}"), sizes); // => {"free":106,"bound":1208}
 */
export function routeSize(route: Route, sizes: Sizes): RouteSize {
  const bindings = sizes.bindingsOf(route).filter((binding) => Object.keys(binding).length > 0);
  const bound = bindings.map((binding) => bindingSize(route, binding, sizes));
  const fixed = bindings.filter((binding) => hasFixedLength(route.segments, binding));
  const denied = withExtraSegment(route.segments, fixed).map((segments) =>
    pathSize(route.method, segments, sizes),
  );
  return {
    free: pathSize(route.method, route.segments, sizes),
    bound: [...bound, ...denied].reduce(add, 0),
  };
}

/** Returns the length of the Deny that every policy contains, in bytes. */
export const denySize = ({ base }: Pick<Sizes, "base">): number => base + PUNCTUATION + EMPTY_SEGMENTS.length;

/** Returns the length of a path's resources with free parameters, for one method or for `*`, in bytes. */
export const pathSize = (method: string, segments: readonly Segment[], sizes: Sizes): number =>
  resourceSize(method, segments, {}, sizes);

/**
 * Returns the maximum length of one path's resources for any caller, in bytes. If the group permits one
 * resource for all methods, a policy uses it when all routes are granted unbound.
 *
 * @param anyMethod the length of the resource for all methods; undefined if the group does not permit it
 */
export function longestForPath(routes: readonly RouteSize[], anyMethod: number | undefined): number {
  const longest = routes.map(({ free, bound }) => Math.max(free, bound));
  const all = longest.reduce(add, 0);
  if (anyMethod === undefined || routes.length < 2) return all;
  // At least one route is then not granted unbound. Its bound resources may still be in the policy.
  const smallestLoss = Math.min(...routes.map(({ bound }, index) => (longest[index] ?? 0) - bound));
  return Math.max(anyMethod, all - smallestLoss);
}

/** Lists every combination of the lengths that the spellings of bound values can have, by parameter. */
const valueLengths = (binding: Binding, { shortTenantIds }: Sizes): ValueLengths[] =>
  combineLengths(
    Object.fromEntries(
      Object.entries(binding).map(([name, sources]) => [
        name,
        shortTenantIds && sources.includes("tenant") ? SHORT_ID : WORST_VALUE,
      ]),
    ),
  );

/**
 * Returns the length of a route's resources under one binding: of one alternative with the longest values in all of
 * their spellings, or of a list's values, which are short and have one spelling.
 */
function bindingSize({ method, segments }: Route, binding: Binding, sizes: Sizes): number {
  const sizeOf = (lengths: ValueLengths): number => resourceSize(method, segments, lengths, sizes);
  const one = valueLengths(binding, sizes).map(sizeOf).reduce(add, 0);
  const [short = 0] = SHORT_ID;
  const listed = Object.fromEntries(Object.keys(binding).map((name) => [name, short]));
  return Math.max(one, countAlternatives(binding, sizes) * sizeOf(listed));
}

/** Returns how many alternatives a binding has at most: those of its longest list, or of several lists together. */
function countAlternatives(binding: Binding, { valuesOf = () => 1 }: Sizes): number {
  const lists = Object.values(binding)
    .map((sources) => Math.min(...sources.map(valuesOf)))
    .filter((count) => count > 1);
  return Math.max(1, ...lists, lists.length > 1 ? LIST_LIMIT : 1);
}

const add = (a: number, b: number): number => a + b;
