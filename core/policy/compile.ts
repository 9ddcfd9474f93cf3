import type { BoundValues, Decision, GrantedRoute } from "../decision/decide.ts";
import type { Group, Layout } from "../model/layout.ts";
import { memoize } from "../model/memoize.ts";
import { parameterNames, type Route, type Segment } from "../model/route.ts";

/** What API Gateway accepts of one authorizer's answer, in bytes of the whole JSON. */
export const MAX_RESPONSE_BYTES = 8_192;
/** The longest Resource that API Gateway accepts in a returned policy, in characters. */
export const MAX_RESOURCE_LENGTH = 512;

/** What every policy denies: there a `?*` could reach across what looks like a parameter. */
export const EMPTY_SEGMENTS = "*//*";

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
 * outright, and so are those of a bound route in which a free parameter holds a slash: there a bound value
 * could stand for part of another. Undefined where a bound value makes every resource longer than API Gateway
 * accepts.
 */
export function compilePolicy(
  base: string,
  group: Group,
  decision: Decision,
  { slashes }: Pick<Layout, "slashes">,
): PolicyDocument | undefined {
  const resourcesOf = (patterns: readonly string[]) => patterns.map((pattern) => `${base}/${pattern}`);
  const fits = (resource: string): boolean => resource.length <= MAX_RESOURCE_LENGTH;
  const granted = decision.granted.filter((one) => resourcesOf(deniedWith(one, slashes)).every(fits));
  const allowed = resourcesOf(shortest(coversOf(group, granted, slashes), base.length)).filter(fits);
  if (allowed.length === 0) return undefined;
  const denied = [EMPTY_SEGMENTS, ...granted.flatMap((one) => deniedWith(one, slashes))];
  return document(statement("Allow", allowed), statement("Deny", resourcesOf(denied)));
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

/** Methods of which every route of the group, of two at least, is granted freely: `GET/*` then reaches nothing else. */
function wholeMethods(group: Group, granted: readonly GrantedRoute[]): string[] {
  const free = new Set(granted.filter(isFree).map(({ route }) => route.key));
  const methods = [...new Set(granted.map(({ route }) => route.method))];
  const { byMethod } = indexOf(group);
  return methods.filter((method) => {
    const own = byMethod.get(method) ?? [];
    return own.length > 1 && own.every((route) => free.has(route.key));
  });
}

/** A group's routes as its policies look for them. */
interface GroupIndex {
  readonly byPath: ReadonlyMap<string, readonly Route[]>;
  readonly byMethod: ReadonlyMap<Route["method"], readonly Route[]>;
}

function listedBy<Key>(routes: readonly Route[], keyOf: (route: Route) => Key): Map<Key, Route[]> {
  const lists = new Map<Key, Route[]>();
  for (const route of routes) {
    const list = lists.get(keyOf(route));
    if (list === undefined) lists.set(keyOf(route), [route]);
    else list.push(route);
  }
  return lists;
}

const indexOf = memoize(
  ({ routes }: Group): GroupIndex => ({
    byPath: listedBy(routes, ({ path }) => path),
    byMethod: listedBy(routes, ({ method }) => method),
  }),
);

/** One pattern for a path whose methods are all granted freely, where the group allows that; else one a route. */
function pathCover(group: Group, granted: readonly GrantedRoute[], slashes: boolean): string[] {
  const free = new Set(granted.filter(isFree).map(({ route }) => route.key));
  const merged = new Map<string, Route>();
  for (const path of group.anyMethodPaths) {
    const own = indexOf(group).byPath.get(path) ?? [];
    if (own[0] !== undefined && own.every((route) => free.has(route.key))) merged.set(path, own[0]);
  }
  const single = granted.filter(({ route }) => !merged.has(route.path));
  return [
    ...[...merged.values()].flatMap((route) => freePatterns("*", route, slashes)),
    ...single.flatMap((one) => patternsOf(one, slashes)),
  ];
}

const isFree = ({ alternatives }: GrantedRoute): boolean =>
  alternatives.some((values) => Object.keys(values).length === 0);

function patternsOf(granted: GrantedRoute, slashes: boolean): readonly string[] {
  const { route, alternatives } = granted;
  if (isFree(granted)) return freePatterns(route.method, route, slashes);
  const expressible = alternatives.every((values) => endsHere(route.segments, values))
    ? alternatives
    : alternatives.filter((values) => !isAmbiguous(route.segments, values));
  return [
    ...new Set(expressible.flatMap((values) => routePatterns(route.method, route.segments, values, slashes))),
  ];
}

const madeFree = memoize((_: Route) => new Map<string, readonly string[]>());

/** What a route's policies have of it where nothing is bound: the same in each, so made once. */
function freePatterns(method: Route["method"] | "*", route: Route, slashes: boolean): readonly string[] {
  const made = madeFree(route);
  const name = `${method} ${slashes}`;
  const known = made.get(name);
  if (known !== undefined) return known;
  const patterns = routePatterns(method, route.segments, {}, slashes);
  made.set(name, patterns);
  return patterns;
}

/** Whether the number of segments is the path's: `{proxy+}` is the only one that takes several, unless bound. */
export function endsHere(segments: readonly Segment[], values: Readonly<Record<string, unknown>>): boolean {
  const last = segments.at(-1);
  return last?.kind !== "greedy" || Object.hasOwn(values, last.name);
}

/**
 * Beside a free `{proxy+}` no Deny can keep parameters to one segment each, so there a binding is expressible
 * only where nothing before the bound value can hold a slash: of `/{a}/{b}/{proxy+}` only `{a}` can be bound.
 */
function isAmbiguous(segments: readonly Segment[], values: BoundValues): boolean {
  const [first, ...others] = parameterNames(segments);
  const names = Object.keys(values);
  return endsHere(segments, values) ? names.length <= others.length : names.some((name) => name !== first);
}

function deniedWith(granted: GrantedRoute, slashes: boolean): string[] {
  if (isFree(granted)) return [];
  const { route, alternatives } = granted;
  return withinSegments(route.segments, alternatives).flatMap((segments) =>
    routePatterns(route.method, segments, {}, slashes),
  );
}

/**
 * What a bound route's policy denies: its own requests with one segment more than its path has. API Gateway
 * may decode `%2F`, and `/users/ann/docs/1/docs/2` would pass for a document of ann's. A free `{proxy+}` takes
 * any number of segments, so nothing can be denied there.
 */
export function withinSegments(
  segments: readonly Segment[],
  alternatives: readonly Readonly<Record<string, unknown>>[],
): Segment[][] {
  if (!alternatives.every((values) => endsHere(segments, values))) return [];
  return segments.flatMap((segment, at) =>
    segment.kind === "parameter" && alternatives.some((values) => !Object.hasOwn(values, segment.name))
      ? [[...segments.slice(0, at), segment, ...segments.slice(at)]]
      : [],
  );
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
  // A bound value takes no slash at the end: API Gateway may have decoded it, and then it is of the value.
  return slashes && segments.at(-1)?.kind === "literal" ? paths.flatMap((path) => [path, `${path}/`]) : paths;
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
