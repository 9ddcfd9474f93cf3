import type { Decision, GrantedRoute } from "../decision/decide.ts";
import type { BoundValues } from "../model/grant.ts";
import type { Group, Layout } from "../model/layout.ts";
import { memoize } from "../model/memoize.ts";
import { parameterNames, type Route, type Segment } from "../model/route.ts";
import type { PolicyDocument, PolicyStatement } from "./policy-document.ts";
import { MAX_RESOURCE_LENGTH } from "./resource-size.ts";
import { boundPaths, type SpellingOptions } from "./spellings.ts";

/** API Gateway's limit on the response of an authorizer, in bytes of its JSON. */
export const MAX_RESPONSE_BYTES = 8_192;

/**
 * The pattern of requests with empty segments. Every policy denies them, because `?*` could match across one.
 */
export const EMPTY_SEGMENTS = "*//*";

const statement = (effect: "Allow" | "Deny", resources: readonly string[]): PolicyStatement => ({
  Effect: effect,
  Action: "execute-api:Invoke",
  Resource: resources,
});

const document = (...statements: PolicyStatement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements,
});

/**
 * Creates a policy that denies everything explicitly. An implicit denial could be overruled by a resource
 * policy.
 */
export const denyAll = (base: string): PolicyDocument => document(statement("Deny", [`${base}/*`]));

/**
 * Compiles a decision to a policy that allows exactly the granted routes of a group.
 *
 * The policy denies requests with empty segments explicitly. On a bound route, it also denies requests in which
 * a free parameter contains a slash, because a bound value could match a part of that parameter. Returns
 * undefined if bound values make every resource longer than API Gateway accepts.
 *
 * @param base the ARN up to and including the stage
 * @example
 * import { makeRoute } from "../model/route.ts";
 * import { compilePolicy } from "./compile.ts";
 *
 * const route = makeRoute("PATCH", "/users/{userId}");
 * const group = { routes: [route, makeRoute("GET", "/users")], anyMethodPaths: new Set<string>() };
 * const decision = { granted: [{ route, alternatives: [{ userId: "ann" }] }] };
 * const policy = compilePolicy("arn:aws:execute-api:…/dev", group, decision, { slashes: false });
 * policy?.Statement[0]?.Resource; // => ["arn:aws:execute-api:…/dev/PATCH/users/ann"]
 * policy?.Statement.map(({ Effect }) => Effect); // => ["Allow","Deny"]
 */
export function compilePolicy(
  base: string,
  group: PolicyGroup,
  decision: Decision,
  { slashes }: Pick<Layout, "slashes">,
): PolicyDocument | undefined {
  const options = { base: base.length, slashes, oneSpelling: decision.oneSpelling };
  const toResources = (patterns: readonly string[]) => patterns.map((pattern) => `${base}/${pattern}`);
  const fits = (resource: string): boolean => resource.length <= MAX_RESOURCE_LENGTH;
  const granted = decision.granted.filter((one) => toResources(deniedPatterns(one, options)).every(fits));
  const allowed = toResources(shortest(listCovers(group, granted, options), base.length)).filter(fits);
  if (allowed.length === 0) return undefined;
  const denied = [EMPTY_SEGMENTS, ...granted.flatMap((one) => deniedPatterns(one, options))];
  return document(statement("Allow", allowed), statement("Deny", toResources(denied)));
}

/** The part of a group that its policies depend on. */
type PolicyGroup = Pick<Group, "routes" | "anyMethodPaths">;

/** Lists the ways to write the granted routes as patterns. All of them allow the same requests. */
function listCovers(
  group: PolicyGroup,
  granted: readonly GrantedRoute[],
  options: SpellingOptions,
): string[][] {
  if (granted.length === group.routes.length && granted.every(isFree)) return [["*"]];
  const byPath = pathCover(group, granted, options);
  const whole = wholeMethods(group, granted);
  if (whole.length === 0) return [byPath];
  const rest = granted.filter(({ route }) => !whole.includes(route.method));
  return [byPath, [...whole.map((method) => `${method}/*`), ...pathCover(group, rest, options)]];
}

/**
 * Lists the methods with at least two routes, all of which are granted unbound, so that `GET/*` matches nothing
 * else.
 */
function wholeMethods(group: PolicyGroup, granted: readonly GrantedRoute[]): string[] {
  const free = new Set(granted.filter(isFree).map(({ route }) => route.key));
  const methods = [...new Set(granted.map(({ route }) => route.method))];
  const { byMethod } = indexRoutes(group);
  return methods.filter((method) => {
    const own = byMethod.get(method) ?? [];
    return own.length > 1 && own.every((route) => free.has(route.key));
  });
}

/** The routes of a group by path and by method. */
interface GroupIndex {
  readonly byPath: ReadonlyMap<string, readonly Route[]>;
  readonly byMethod: ReadonlyMap<Route["method"], readonly Route[]>;
}

function groupBy<Key>(routes: readonly Route[], keyOf: (route: Route) => Key): Map<Key, Route[]> {
  const lists = new Map<Key, Route[]>();
  for (const route of routes) {
    const list = lists.get(keyOf(route));
    if (list === undefined) lists.set(keyOf(route), [route]);
    else list.push(route);
  }
  return lists;
}

const indexRoutes = memoize(
  ({ routes }: PolicyGroup): GroupIndex => ({
    byPath: groupBy(routes, ({ path }) => path),
    byMethod: groupBy(routes, ({ method }) => method),
  }),
);

/**
 * Writes the granted routes as patterns: one for all methods of a path if all are granted unbound and the group
 * permits it, else one for each route.
 */
function pathCover(group: PolicyGroup, granted: readonly GrantedRoute[], options: SpellingOptions): string[] {
  const free = new Set(granted.filter(isFree).map(({ route }) => route.key));
  const merged = new Map<string, Route>();
  for (const path of group.anyMethodPaths) {
    const own = indexRoutes(group).byPath.get(path) ?? [];
    if (own[0] !== undefined && own.every((route) => free.has(route.key))) merged.set(path, own[0]);
  }
  const single = granted.filter(({ route }) => !merged.has(route.path));
  return [
    ...[...merged.values()].flatMap((route) => freePatterns("*", route, options)),
    ...single.flatMap((one) => allowedPatterns(one, options)),
  ];
}

const isFree = ({ alternatives }: GrantedRoute): boolean =>
  alternatives.some((values) => Object.keys(values).length === 0);

function allowedPatterns(granted: GrantedRoute, options: SpellingOptions): readonly string[] {
  const { route, alternatives } = granted;
  if (isFree(granted)) return freePatterns(route.method, route, options);
  const unambiguous = alternatives.every((values) => hasFixedLength(route.segments, values))
    ? alternatives
    : alternatives.filter((values) => !isAmbiguous(route.segments, values));
  return [
    ...new Set(unambiguous.flatMap((values) => routePatterns(route.method, route.segments, values, options))),
  ];
}

const cachedPatterns = memoize((_: Route) => new Map<string, readonly string[]>());

/**
 * Returns the patterns of a route without bindings. They are cached, because they are the same in every policy.
 */
function freePatterns(
  method: Route["method"] | "*",
  route: Route,
  options: SpellingOptions,
): readonly string[] {
  const cache = cachedPatterns(route);
  const key = `${method} ${options.slashes}`;
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  const patterns = routePatterns(method, route.segments, {}, options);
  cache.set(key, patterns);
  return patterns;
}

/**
 * Returns whether every request of a route has as many segments as its template. Only a free `{proxy+}` takes
 * more than one segment.
 */
export function hasFixedLength(
  segments: readonly Segment[],
  values: Readonly<Record<string, unknown>>,
): boolean {
  const last = segments.at(-1);
  return last?.kind !== "greedy" || Object.hasOwn(values, last.name);
}

/**
 * Returns whether a pattern with these bound values could match other requests. If the route has a free
 * `{proxy+}`, no Deny can limit a parameter to one segment. So a parameter can be bound only if no parameter
 * before it can contain a slash: in `/{a}/{b}/{proxy+}` only `{a}` can be bound.
 */
function isAmbiguous(segments: readonly Segment[], values: BoundValues): boolean {
  const [first, ...others] = parameterNames(segments);
  const names = Object.keys(values);
  return hasFixedLength(segments, values)
    ? names.length <= others.length
    : names.some((name) => name !== first);
}

/** Returns the patterns that the policy must deny because a route is granted bound. */
function deniedPatterns(granted: GrantedRoute, options: SpellingOptions): string[] {
  if (isFree(granted)) return [];
  const { route, alternatives } = granted;
  return withExtraSegment(route.segments, alternatives).flatMap((segments) =>
    routePatterns(route.method, segments, {}, options),
  );
}

/**
 * Lists the templates that the policy of a bound route denies: the route's own template with one more segment
 * in place of a free parameter. Otherwise, because API Gateway may decode `%2F`, `/users/ann/docs/1/docs/2`
 * could count as a document of ann. A free `{proxy+}` takes any number of segments, so that nothing can be
 * denied there.
 */
export function withExtraSegment(
  segments: readonly Segment[],
  alternatives: readonly Readonly<Record<string, unknown>>[],
): Segment[][] {
  if (!alternatives.every((values) => hasFixedLength(segments, values))) return [];
  return segments.flatMap((segment, at) =>
    segment.kind === "parameter" && alternatives.some((values) => !Object.hasOwn(values, segment.name))
      ? [[...segments.slice(0, at), segment, ...segments.slice(at)]]
      : [],
  );
}

/**
 * Writes a route as patterns of `METHOD/path`. A free parameter becomes `?*`, not `*`, which would match an
 * empty value. A bound parameter becomes its value, in each spelling that a client may send.
 */
function routePatterns(
  method: Route["method"] | "*",
  segments: readonly Segment[],
  values: BoundValues,
  options: SpellingOptions,
): string[] {
  if (segments.length === 0) return [`${method}/`];
  const paths = boundPaths(method, segments, values, options);
  // A bound value gets no trailing slash: API Gateway may have decoded it, and then it is part of the value.
  return options.slashes && segments.at(-1)?.kind === "literal"
    ? paths.flatMap((path) => [path, `${path}/`])
    : paths;
}

/** Returns the cover that takes the fewest bytes. */
function shortest(covers: readonly string[][], base: number): string[] {
  const bytes = (patterns: readonly string[]): number =>
    patterns.reduce((sum, pattern) => sum + base + pattern.length + 4, 0);
  return covers.reduce((best, cover) => (bytes(cover) < bytes(best) ? cover : best));
}
