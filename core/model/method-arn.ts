import { InternalError } from "./errors.ts";
import type { Route } from "./route.ts";

/** `arn:{partition}:execute-api:{region}:{account}:{apiId}/{stage}/{VERB}/{path}`, with the path as requested. */
export interface MethodArn {
  /** Up to and with the stage, no slash at the end. */
  readonly base: string;
  readonly method: string;
  /** With its leading slash. */
  readonly path: string;
}

const SHAPE =
  /^(arn:[a-z-]+:execute-api:[a-z0-9-]+:\d{12}:[A-Za-z0-9]+\/[A-Za-z0-9_$-]+)\/([A-Z]+)(\/[\s\S]*)?$/;

/**
 * Takes a method ARN apart. A path may contain `:`, so nothing is ever split at the last one.
 *
 * @throws UnavailableError `route_unknown`
 */
export function parseMethodArn(arn: string): MethodArn {
  const match = SHAPE.exec(arn);
  if (match === null)
    throw new InternalError("route_unknown", "The event's methodArn is not that of a REST API's method");
  return { base: match[1] as string, method: match[2] as string, path: match[3] ?? "/" };
}

/**
 * Whether a route's requests can have this method and path, in whatever spelling: a parameter may hold
 * slashes (it may have been decoded), a literal may be percent-encoded, and a slash may end the path.
 */
export const couldReach = (route: Route, arn: MethodArn): boolean => reachesWith(0, route, arn);

/** The same, but no parameter is empty: every policy refuses requests with empty segments. */
export const couldBeRequestOf = (route: Route, arn: MethodArn): boolean => reachesWith(1, route, arn);

function reachesWith(least: number, { method, segments }: Route, arn: MethodArn): boolean {
  if (arn.method !== method) return false;
  const parts = decodeAscii(arn.path)
    .split("/")
    .filter((part) => part !== "");
  return segments.length === 0 ? parts.length === 0 : reaches(segments, parts, least);
}

function reaches(segments: Route["segments"], parts: readonly string[], least: number): boolean {
  if (isAsWritten(segments, parts)) return true;
  let reachable = new Set([0]);
  for (const segment of segments) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (segment.kind === "literal") {
        if (parts[at] === segment.text) next.add(at + 1);
        continue;
      }
      for (let end = at + least; end <= parts.length; end++) next.add(end);
    }
    reachable = next;
  }
  return reachable.has(parts.length);
}

/** Most are: a parameter's value is one segment. */
const isAsWritten = (segments: Route["segments"], parts: readonly string[]): boolean =>
  segments.length === parts.length &&
  segments.every((segment, at) => segment.kind !== "literal" || segment.text === parts[at]);

/** Routes' literals and slashes are ASCII, so one broken escape elsewhere hides none of them. */
export const decodeAscii = (text: string): string =>
  text.includes("%") ? text.replace(/%[0-7][0-9a-f]/gi, decodeURIComponent) : text;
