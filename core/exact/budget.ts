import type { Binding, BindingSource } from "../model/grant.ts";
import type { Route, Segment } from "../model/route.ts";
import {
  EMPTY_SEGMENTS,
  endsHere,
  MAX_RESOURCE_LENGTH,
  MAX_RESPONSE_BYTES,
  withinSegments,
} from "../policy/compile.ts";

/** Kept free for principal, context, the key of a usage plan and the document's frame, in bytes. */
export const FRAME_RESERVE = 1_536;
/** Kept free for an ARN up to its stage, in characters, where the API's own is not known. */
export const BASE_RESERVE = 90;

/** What is left for the resources of a policy, in bytes. */
export const RESOURCE_BUDGET = MAX_RESPONSE_BYTES - FRAME_RESERVE;

/** What decides how long a policy can become. */
export interface Sizes {
  /** Length of an ARN up to its stage, in characters. */
  readonly base: number;
  /** Whether a slash at a path's end is allowed for routes that end in a literal: a second resource for each. */
  readonly slashes: boolean;
  /** Whether every tenant's id is short and unreserved, so that it has one spelling. */
  readonly shortTenantIds: boolean;
  /** The bindings under which roles grant a route; one policy may hold all of them as alternatives. */
  bindingsOf(route: Route): readonly Binding[];
}

/** The longest that a route's resources can be, in bytes. */
export interface RouteSize {
  /** Granted with free parameters. */
  readonly free: number;
  /** Granted under every binding there is; 0 where there is none. */
  readonly bound: number;
}

/** The quotes and the comma around a resource, and the slash behind the base. */
const PUNCTUATION = 4;

/** Lengths of a value's spellings at their worst: raw, and percent-encoded with upper- and lower-case hex. */
const WORST_VALUE = [128, 384, 384];
const SHORT_ID = [64];
/** `?*` */
const FREE = 2;

export function routeSize(route: Route, sizes: Sizes): RouteSize {
  const bindings = sizes.bindingsOf(route).filter((binding) => Object.keys(binding).length > 0);
  const bound = bindings.flatMap((binding) =>
    spellings(binding, sizes).map((lengths) => resourceSize(route.method, route.segments, lengths, sizes)),
  );
  const closed = bindings.filter((binding) => endsHere(route.segments, binding));
  const denied = withinSegments(route.segments, closed).map((segments) =>
    pathSize(route.method, segments, sizes),
  );
  return {
    free: pathSize(route.method, route.segments, sizes),
    bound: [...bound, ...denied].reduce(sum, 0),
  };
}

/** What every policy denies, in bytes. */
export const denySize = ({ base }: Pick<Sizes, "base">): number => base + PUNCTUATION + EMPTY_SEGMENTS.length;

/** A path's resources with free parameters, for one method or for `*`, in bytes. */
export const pathSize = (method: string, segments: readonly Segment[], sizes: Sizes): number =>
  resourceSize(method, segments, {}, sizes);

/**
 * The longest that the resources of one path can be for any caller, in bytes: its routes one by one, or one
 * resource for all methods where the group allows that and all of them are granted freely.
 */
export function longestForPath(routes: readonly RouteSize[], anyMethod: number | undefined): number {
  const longest = routes.map(({ free, bound }) => Math.max(free, bound));
  const all = longest.reduce(sum, 0);
  if (anyMethod === undefined || routes.length < 2) return all;
  const cheapestToLeaveOut = Math.min(...routes.map(({ bound }, index) => (longest[index] ?? 0) - bound));
  return Math.max(anyMethod, all - cheapestToLeaveOut);
}

type ValueLengths = Readonly<Record<string, number>>;

/** Every combination of the spellings that bound values can have, by parameter. */
function spellings(binding: Binding, { shortTenantIds }: Sizes): ValueLengths[] {
  const lengthsOf = (sources: readonly BindingSource[]) =>
    shortTenantIds && sources.includes("tenant") ? SHORT_ID : WORST_VALUE;
  return Object.entries(binding).reduce<ValueLengths[]>(
    (all, [name, sources]) =>
      all.flatMap((chosen) => lengthsOf(sources).map((length) => ({ ...chosen, [name]: length }))),
    [{}],
  );
}

function resourceSize(
  method: string,
  segments: readonly Segment[],
  values: ValueLengths,
  { base, slashes }: Sizes,
): number {
  const path = segments.reduce(
    (length, segment) =>
      length + 1 + (segment.kind === "literal" ? segment.text.length : (values[segment.name] ?? FREE)),
    0,
  );
  const length = method.length + Math.max(path, 1);
  const forms = slashes && segments.at(-1)?.kind === "literal" ? [length, length + 1] : [length];
  const longest = forms.map((form) => base + 1 + form);
  // Shorter values may fit where the longest do not, so there the longest resource that fits counts.
  const fitting =
    Object.keys(values).length > 0
      ? longest.map((one) => Math.min(one, MAX_RESOURCE_LENGTH))
      : longest.filter((one) => one <= MAX_RESOURCE_LENGTH);
  return fitting.reduce((total, one) => total + one + PUNCTUATION - 1, 0);
}

const sum = (a: number, b: number): number => a + b;
