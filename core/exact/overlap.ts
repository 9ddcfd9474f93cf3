import type { Route, Segment } from "../model/route.ts";

/**
 * One segment of a policy's pattern. `some`: `?*`, at least one character, across slashes; `any`: `*` in the
 * method's place, across slashes too.
 */
export type PatternPart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "some" | "any" };

/** One segment of a route's requests. `many`: one or more, as in `{proxy+}`, or as in a parameter that AWS decodes. */
type RequestPart = { readonly kind: "literal"; readonly text: string } | { readonly kind: "one" | "many" };

/** Whether the ARN that AWS evaluates may hold a parameter's `%2F` as `/`. */
export interface ArnReading {
  readonly decodedSlashes: boolean;
}

const literal = (text: string) => ({ kind: "literal", text }) as const;
const EMPTY = literal("");

/** A route's pattern with every parameter free, as {@link routePatterns} writes it; the method is its first part. */
export function patternParts(route: Pick<Route, "method" | "segments">): PatternPart[] {
  return [literal(route.method), ...pathParts(route.segments)];
}

/** The pattern of a path for whatever method: `*` and the path. */
export const anyMethodParts = (segments: readonly Segment[]): PatternPart[] => [
  { kind: "any" },
  ...pathParts(segments),
];

function pathParts(segments: readonly Segment[]): PatternPart[] {
  if (segments.length === 0) return [EMPTY];
  return segments.map((segment) => (segment.kind === "literal" ? literal(segment.text) : { kind: "some" }));
}

function requestParts(
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
 * Whether a pattern matches any request that a route can have, by search through the product of the two as
 * automata over segments: no sampling. Segments suffice as letters, for a wildcard always stands between
 * slashes. A parameter's value is any text but the empty one; requests with empty segments are denied by every
 * policy, but for one slash at the end, which is counted.
 */
export function overlaps(
  pattern: readonly PatternPart[],
  route: Pick<Route, "method" | "segments">,
  reading: ArnReading,
): boolean {
  const request = requestParts(route, reading);
  const seen = new Set<number>();
  // A state: how many parts of each side are begun, and whether the last of them may take more segments.
  const open: State[] = [{ p: 0, inWildcard: false, r: 0, inMany: false }];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const key =
      ((state.p * 2 + Number(state.inWildcard)) * (request.length + 1) + state.r) * 2 + Number(state.inMany);
    if (seen.has(key)) continue;
    seen.add(key);
    if (state.r === request.length && endsHere(pattern, state)) return true;
    for (const next of requestSteps(request, state)) open.push(...patternSteps(pattern, state, next));
  }
  return false;
}

interface State {
  readonly p: number;
  readonly inWildcard: boolean;
  readonly r: number;
  readonly inMany: boolean;
}

/**
 * At the request's end: the pattern is through, or has nothing left but what the slash at the end satisfies.
 * So the root's pattern for whatever method, a star and a slash, meets every request with a slash at its end.
 */
const endsHere = (pattern: readonly PatternPart[], { p }: State): boolean =>
  p === pattern.length || (p === pattern.length - 1 && isEmptyLiteral(pattern[p]));

const isEmptyLiteral = (part: PatternPart | undefined): boolean =>
  part?.kind === "literal" && part.text === "";

interface RequestStep {
  readonly part: RequestPart;
  readonly r: number;
  readonly inMany: boolean;
}

/** The segment that the request may have next. */
function requestSteps(request: readonly RequestPart[], { r, inMany }: State): RequestStep[] {
  const part = request[r];
  const next = part === undefined ? [] : [{ part, r: r + 1, inMany: part.kind === "many" }];
  return inMany ? [...next, { part: { kind: "one" }, r, inMany: true }] : next;
}

/** The states in which the pattern has taken that segment. */
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
