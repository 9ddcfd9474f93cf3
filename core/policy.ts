import type { BoundValues, Decision, GrantedRoute } from "./decide.ts";
import type { Group } from "./layout.ts";
import type { Route, Segment } from "./route.ts";

/** What API Gateway accepts of one authorizer's answer, in bytes of the whole JSON. */
export const MAX_RESPONSE_BYTES = 8_192;
/** The longest Resource that API Gateway accepts in a returned policy, in characters. */
export const MAX_RESOURCE_LENGTH = 512;

export interface PolicyStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: "execute-api:Invoke";
  readonly Resource: readonly string[];
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

const statement = (effect: "Allow" | "Deny", resources: readonly string[]): PolicyStatement => ({
  Effect: effect,
  Action: "execute-api:Invoke",
  Resource: resources,
});

const document = (...statements: PolicyStatement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements,
});

/** Refuses everything, explicitly: silence would let a resource policy that allows decide. */
export const denyAll = (base: string): PolicyDocument => document(statement("Deny", [`${base}/*`]));

/**
 * Allows exactly the granted routes among those of the group. Requests with empty segments are denied
 * outright: there a `?*` could reach across what looks like a parameter.
 */
export function compilePolicy(base: string, group: Group, decision: Decision): PolicyDocument {
  const resources = allowsWholeGroup(group, decision.granted)
    ? [`${base}/*`]
    : decision.granted.flatMap((granted) => patternsOf(granted).map((pattern) => `${base}/${pattern}`));
  const fitting = resources.filter((resource) => resource.length <= MAX_RESOURCE_LENGTH);
  return document(statement("Allow", fitting), statement("Deny", [`${base}/*//*`]));
}

function allowsWholeGroup(group: Group, granted: readonly GrantedRoute[]): boolean {
  return granted.length === group.routes.length && granted.every(isGrantedUnbound);
}

const isGrantedUnbound = ({ alternatives }: GrantedRoute): boolean =>
  alternatives.some((values) => Object.keys(values).length === 0);

function patternsOf({ route, alternatives }: GrantedRoute): string[] {
  return [...new Set(alternatives.flatMap((values) => routePatterns(route, values)))];
}

/**
 * A route's requests as patterns of `METHOD/path`: a free parameter is `?*`, never `*`, which could be
 * empty; a bound one its value, in each spelling that a client may send.
 */
export function routePatterns(route: Route, values: BoundValues): string[] {
  const spelled = route.segments.reduce<string[]>(
    (paths, segment) =>
      paths.flatMap((path) => spellingsOf(segment, values).map((spelling) => `${path}/${spelling}`)),
    [route.method],
  );
  return route.segments.length === 0 ? [`${route.method}/`] : spelled;
}

function spellingsOf(segment: Segment, values: BoundValues): string[] {
  if (segment.kind === "literal") return [segment.text];
  const value = Object.hasOwn(values, segment.name) ? values[segment.name] : undefined;
  return value === undefined
    ? ["?*"]
    : [...new Set([value, encode(value), encode(value).replace(/%../g, (hex) => hex.toLowerCase())])];
}

/** Percent-encodes all but the unreserved characters (RFC 3986, 2.3), with upper-case hex. */
function encode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
