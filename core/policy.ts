import type { BoundValues, Decision, GrantedRoute } from "./decide.ts";
import type { Group, Layout } from "./layout.ts";
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
 * outright: there a `?*` could reach across what looks like a parameter. Undefined where a bound value makes
 * every resource longer than API Gateway accepts.
 */
export function compilePolicy(
  base: string,
  group: Group,
  decision: Decision,
  { slashes }: Pick<Layout, "slashes">,
): PolicyDocument | undefined {
  const patterns = shortest(coversOf(group, decision.granted, slashes), base.length);
  const resources = patterns.map((pattern) => `${base}/${pattern}`);
  const fitting = resources.filter((resource) => resource.length <= MAX_RESOURCE_LENGTH);
  if (fitting.length === 0) return undefined;
  return document(statement("Allow", fitting), statement("Deny", [`${base}/*//*`]));
}

/** Each list of patterns allows the same; the shortest is taken. */
function coversOf(group: Group, granted: readonly GrantedRoute[], slashes: boolean): string[][] {
  if (granted.length === group.routes.length && granted.every(isFree)) return [["*"]];
  const byPath = pathCover(group, granted, slashes);
  const whole = wholeMethods(group, granted);
  if (whole.length === 0) return [byPath];
  const rest = granted.filter(({ route }) => !whole.includes(route.method));
  return [byPath, [...whole.map((method) => `${method}/*`), ...pathCover(group, rest, slashes)]];
}

/** Methods of which every route of the group is granted freely: `GET/*` then reaches nothing else. */
function wholeMethods(group: Group, granted: readonly GrantedRoute[]): string[] {
  const free = new Set(granted.filter(isFree).map(({ route }) => route.key));
  const methods = [...new Set(granted.map(({ route }) => route.method))];
  return methods.filter((method) =>
    group.routes.every((route) => route.method !== method || free.has(route.key)),
  );
}

/** One pattern for a path whose methods are all granted freely, where the group allows that; else one a route. */
function pathCover(group: Group, granted: readonly GrantedRoute[], slashes: boolean): string[] {
  const free = new Set(granted.filter(isFree).map(({ route }) => route.key));
  const merged = [...group.anyMethodPaths].filter((path) =>
    group.routes.every((route) => route.path !== path || free.has(route.key)),
  );
  const single = granted.filter(({ route }) => !merged.includes(route.path));
  const paths = merged.flatMap((path) => group.routes.find((route) => route.path === path) ?? []);
  return [
    ...paths.flatMap((route) => routePatterns("*", route.segments, {}, slashes)),
    ...single.flatMap((one) => patternsOf(one, slashes)),
  ];
}

const isFree = ({ alternatives }: GrantedRoute): boolean =>
  alternatives.some((values) => Object.keys(values).length === 0);

function patternsOf({ route, alternatives }: GrantedRoute, slashes: boolean): string[] {
  return [
    ...new Set(
      alternatives.flatMap((values) => routePatterns(route.method, route.segments, values, slashes)),
    ),
  ];
}

/**
 * A route's requests as patterns of `METHOD/path`: a free parameter is `?*`, never `*`, which could be
 * empty; a bound one its value, in each spelling that a client may send.
 */
function routePatterns(
  method: Route["method"] | "*",
  segments: readonly Segment[],
  values: BoundValues,
  slashes: boolean,
): string[] {
  if (segments.length === 0) return [`${method}/`];
  const paths = segments.reduce<string[]>(
    (all, segment) =>
      all.flatMap((path) => spellingsOf(segment, values).map((spelling) => `${path}/${spelling}`)),
    [method],
  );
  return slashes ? paths.flatMap((path) => (path.endsWith("?*") ? [path] : [path, `${path}/`])) : paths;
}

function spellingsOf(segment: Segment, values: BoundValues): string[] {
  if (segment.kind === "literal") return [segment.text];
  const value = Object.hasOwn(values, segment.name) ? values[segment.name] : undefined;
  if (value === undefined) return ["?*"];
  const encoded = encode(value);
  return [...new Set([value, encoded, encoded.replace(/%../g, (hex) => hex.toLowerCase())])];
}

/** Percent-encodes all but the unreserved characters (RFC 3986, 2.3), with upper-case hex. */
function encode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function shortest(covers: readonly string[][], base: number): string[] {
  const bytes = (patterns: readonly string[]): number =>
    patterns.reduce((sum, pattern) => sum + base + pattern.length + 4, 0);
  return covers.reduce((best, cover) => (bytes(cover) < bytes(best) ? cover : best));
}
