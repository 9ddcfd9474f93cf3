import { InternalError } from "./errors.ts";
import type { Route } from "./route.ts";

/** The parts of `arn:{partition}:execute-api:{region}:{account}:{apiId}/{stage}/{METHOD}/{path}`. */
export interface MethodArn {
  /** The ARN up to and including the stage, without a trailing slash. */
  readonly base: string;
  readonly method: string;
  /** The path as requested, with its leading slash. */
  readonly path: string;
}

const SHAPE =
  /^(arn:[a-z-]+:execute-api:[a-z0-9-]+:\d{12}:[A-Za-z0-9]+\/[A-Za-z0-9_$-]+)\/([A-Z]+)(\/[\s\S]*)?$/;

/**
 * Parses a method ARN. The path may contain `:`, so the ARN is not split at colons.
 *
 * @throws InternalError `route_unknown` if it is not the ARN of a method
 * @example
 * import { parseMethodArn } from "./method-arn.ts";
 *
 * const stage = "arn:aws:execute-api:eu-west-1:123456789012:a1b2/dev";
 * const { base, method, path } = parseMethodArn(`${stage}/GET/documents/42`);
 * base === stage; // => true
 * [method, path]; // => ["GET","/documents/42"]
 */
export function parseMethodArn(arn: string): MethodArn {
  const match = SHAPE.exec(arn);
  if (match === null)
    throw new InternalError("route_unknown", "The event's methodArn is not the ARN of a REST API's method");
  return { base: match[1] as string, method: match[2] as string, path: match[3] ?? "/" };
}

/**
 * Returns whether a request of the route can have this method and path, in any spelling: a parameter may
 * contain slashes (AWS may have decoded it) or be empty, a literal may be percent-encoded, and a slash may end
 * the path.
 */
export const couldReach = (route: Route, arn: MethodArn): boolean => matches(route, arn, 0);

/**
 * Like {@link couldReach}, but with no empty parameter, because every policy denies requests with empty
 * segments.
 */
export const couldBeRequestOf = (route: Route, arn: MethodArn): boolean => matches(route, arn, 1);

/** @param minimum the least number of segments that a parameter may take */
function matches({ method, segments }: Route, arn: MethodArn, minimum: number): boolean {
  if (arn.method !== method) return false;
  const parts = decodeAscii(arn.path)
    .split("/")
    .filter((part) => part !== "");
  return segments.length === 0 ? parts.length === 0 : matchesParts(segments, parts, minimum);
}

function matchesParts(segments: Route["segments"], parts: readonly string[], minimum: number): boolean {
  if (matchesOneToOne(segments, parts)) return true;
  let reachable = new Set([0]);
  for (const segment of segments) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (segment.kind === "literal") {
        if (parts[at] === segment.text) next.add(at + 1);
        continue;
      }
      for (let end = at + minimum; end <= parts.length; end++) next.add(end);
    }
    reachable = next;
  }
  return reachable.has(parts.length);
}

/** Decides the common case, in which each parameter takes one segment, without a search. */
const matchesOneToOne = (segments: Route["segments"], parts: readonly string[]): boolean =>
  segments.length === parts.length &&
  segments.every((segment, at) => segment.kind !== "literal" || segment.text === parts[at]);

/**
 * Returns the spellings in which AWS may evaluate a request's ARN: as given, and percent-decoded once where
 * that differs. AWS does not document which of the two an event holds.
 */
export function arnSpellings(arn: string): readonly string[] {
  const decoded = decodeAscii(arn);
  return decoded === arn ? [arn] : [arn, decoded];
}

/**
 * Decodes percent-encoded ASCII only, which is all that literals and slashes need: a broken escape elsewhere
 * hides none of them.
 */
export const decodeAscii = (text: string): string =>
  text.includes("%") ? text.replace(/%[0-7][0-9a-f]/gi, decodeURIComponent) : text;
