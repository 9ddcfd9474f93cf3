import type { Route, Segment } from "../model/route.ts";

/**
 * One segment of a policy's pattern. `some` is `?*`, which matches at least one character, also slashes. `any`
 * is `*` in place of the method, which matches any characters, also slashes.
 */
export type PatternPart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "some" | "any" };

/**
 * One part of a route's requests. `many` is one or more segments: a `{proxy+}`, or a parameter that AWS
 * decodes.
 */
export type RequestPart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "one" | "many" };

/** How AWS reads a request's path when it evaluates a policy. */
export interface ArnReading {
  /** Whether the evaluated ARN may contain a parameter's `%2F` as `/`. */
  readonly decodedSlashes: boolean;
}

const literal = (text: string) => ({ kind: "literal", text }) as const;
const EMPTY = literal("");

/** Returns the parts of a route's pattern with all parameters free. The first part is the method. */
export function patternParts(route: Pick<Route, "method" | "segments">): PatternPart[] {
  return [literal(route.method), ...pathParts(route.segments)];
}

/** Returns the parts of a path's pattern for all methods: `*` and the path. */
export const anyMethodParts = (segments: readonly Segment[]): PatternPart[] => [
  { kind: "any" },
  ...pathParts(segments),
];

function pathParts(segments: readonly Segment[]): PatternPart[] {
  if (segments.length === 0) return [EMPTY];
  return segments.map((segment) => (segment.kind === "literal" ? literal(segment.text) : { kind: "some" }));
}

/** Returns the parts of a route's requests. The first part is the method. */
export function requestParts(
  route: Pick<Route, "method" | "segments">,
  { decodedSlashes }: ArnReading,
): RequestPart[] {
  const path = route.segments.map((segment): RequestPart => {
    if (segment.kind === "literal") return literal(segment.text);
    return { kind: segment.kind === "greedy" || decodedSlashes ? "many" : "one" };
  });
  return [literal(route.method), ...(path.length === 0 ? [EMPTY] : path)];
}

/**
 * Returns whether a pattern matches at least one possible request of a route.
 *
 * The result is exact, not sampled: the pattern and the requests are automata over segments, and the search
 * goes through their product. Whole segments suffice as letters, because a wildcard is always between slashes.
 * The value of a parameter is any non-empty string. Every policy denies requests with empty segments, except
 * for one trailing slash, which counts here.
 *
 * @example
 * import { makeRoute } from "../model/route.ts";
 * import { overlaps, patternParts } from "./overlap.ts";
 *
 * const pattern = patternParts(makeRoute("GET", "/users/{userId}"));
 * overlaps(pattern, makeRoute("GET", "/users/me"), { decodedSlashes: false }); // => true
 * overlaps(pattern, makeRoute("GET", "/reports"), { decodedSlashes: false }); // => false
 */
export const overlaps = (
  pattern: readonly PatternPart[],
  route: Pick<Route, "method" | "segments">,
  reading: ArnReading,
): boolean => matchesRequest(pattern, requestParts(route, reading));

/** Returns whether a pattern matches at least one of the requests with these parts, see {@link overlaps}. */
export function matchesRequest(pattern: readonly PatternPart[], request: readonly RequestPart[]): boolean {
  const seen = new Set<number>();
  const open: State[] = [{ p: 0, inWildcard: false, r: 0, inMany: false }];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const key =
      ((state.p * 2 + Number(state.inWildcard)) * (request.length + 1) + state.r) * 2 + Number(state.inMany);
    if (seen.has(key)) continue;
    seen.add(key);
    if (state.r === request.length && canEnd(pattern, state)) return true;
    for (const next of requestSteps(request, state)) open.push(...patternSteps(pattern, state, next));
  }
  return false;
}

/**
 * A state of the product: how many parts of each side have begun, and whether the last ones may take more
 * segments.
 */
interface State {
  readonly p: number;
  readonly inWildcard: boolean;
  readonly r: number;
  readonly inMany: boolean;
}

/**
 * Returns whether the pattern can end together with the request: nothing is left of it, or only an empty
 * segment, which a trailing slash satisfies. So the pattern of the root for all methods, a star and a slash,
 * matches every request with a trailing slash.
 */
const canEnd = (pattern: readonly PatternPart[], { p }: State): boolean =>
  p === pattern.length || (p === pattern.length - 1 && isEmptyLiteral(pattern[p]));

const isEmptyLiteral = (part: PatternPart | undefined): boolean =>
  part?.kind === "literal" && part.text === "";

interface RequestStep {
  readonly part: RequestPart;
  readonly r: number;
  readonly inMany: boolean;
}

/** Lists the segments that the request may have next. */
function requestSteps(request: readonly RequestPart[], { r, inMany }: State): RequestStep[] {
  const part = request[r];
  const next = part === undefined ? [] : [{ part, r: r + 1, inMany: part.kind === "many" }];
  return inMany ? [...next, { part: { kind: "one" }, r, inMany: true }] : next;
}

/** Lists the states after the pattern has matched a segment of the request. */
function patternSteps(
  pattern: readonly PatternPart[],
  { p, inWildcard }: State,
  { part, r, inMany }: RequestStep,
): State[] {
  const steps: State[] = inWildcard ? [{ p, inWildcard: true, r, inMany }] : [];
  const next = pattern[p];
  if (next === undefined) return steps;
  if (next.kind !== "literal") {
    const empty = part.kind === "literal" && part.text === "";
    if (next.kind === "any" || !empty) steps.push({ p: p + 1, inWildcard: true, r, inMany });
  } else if (part.kind === "literal" ? part.text === next.text : next.text !== "")
    steps.push({ p: p + 1, inWildcard: false, r, inMany });
  return steps;
}
