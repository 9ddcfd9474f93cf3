import type { RouteKey } from "./ids.ts";
import { memoize } from "./memoize.ts";
import { type Method, makeRoute, type Route } from "./route.ts";

/** The modes in which API Gateway may cache the authorizer's responses. */
export const CACHING_MODES = ["token", "route", "off"] as const;
export type CachingMode = (typeof CACHING_MODES)[number];

/**
 * The types of API that the authorizer works for: a REST API with an authorizer of type REQUEST or TOKEN, which
 * returns a policy, or an HTTP API, whose authorizer returns `{isAuthorized, context}` or a policy.
 */
export const API_TYPES = ["rest", "rest-token", "http-simple", "http-iam"] as const;
export type ApiType = (typeof API_TYPES)[number];

/**
 * An authorizer group: the routes of one authorizer. Its policies are evaluated for these routes and no others.
 */
export interface Group {
  readonly name: string;
  /** The stage variable that is the authorizer's first identity source. */
  readonly stageVariable: string;
  /** The value that the variable must have: the group's name and the layout's hash. */
  readonly stageValue: string;
  readonly routes: readonly Route[];
  /**
   * Paths for which one resource may allow all methods, because `*` and the path matches no other path of the
   * group.
   */
  readonly anyMethodPaths: ReadonlySet<string>;
}

/**
 * The part of a request that selects the tenant: a header, a path parameter, or the first label of the Host
 * header. On routes without the path parameter, and everywhere if the selector is null, the claim alone
 * decides.
 */
export type TenantSelector =
  | { readonly header: string }
  | { readonly path: string }
  | { readonly host: true }
  | null;

/**
 * The layout for one caching mode: which authorizer guards which routes. The build writes it into the bundle.
 */
export interface Layout {
  readonly apiType: ApiType;
  readonly mode: CachingMode;
  /** The hash of everything that a cached policy depends on. The Lambda's alias has this name too. */
  readonly hash: string;
  readonly tenantSelector: TenantSelector;
  /** Whether a path that ends in a literal is also allowed with a trailing slash. */
  readonly slashes: boolean;
  /**
   * Whether the proof assumes tenant ids of at most 64 unreserved characters, so that others are not encodable.
   */
  readonly shortTenantIds: boolean;
  readonly groups: readonly Group[];
}

/** A layout as the bundle's `layout.json` stores it. */
export interface LayoutData {
  /** The API type; absent means `rest`. */
  readonly front?: Exclude<ApiType, "rest">;
  readonly mode: CachingMode;
  readonly hash: string;
  readonly tenantSelector: TenantSelector;
  readonly slashes: boolean;
  readonly shortTenantIds: boolean;
  readonly groups: readonly GroupData[];
}

/** A group as `layout.json` stores it. */
export interface GroupData {
  readonly name: string;
  readonly routes: readonly RouteData[];
  readonly anyMethodPaths: readonly string[];
}

type RouteData = readonly [method: Method, path: string, ...scopes: string[]];

/** Returns the name of a group's stage variable, which may contain letters, digits and underscores only. */
export const stageVariable = (group: string): string => `portcullis_${group}`;
/** Returns the value of a group's stage variable. */
export const stageValue = (group: string, hash: string): string => `${group}-${hash}`;

/**
 * Expands the layout of `layout.json`: parses the routes and adds the stage variables.
 *
 * @example
 * import { readLayout } from "./layout.ts";
 *
 * const groups = [{ name: "a", routes: [["GET", "/documents"] as const], anyMethodPaths: [] }];
 * const settings = { tenantSelector: null, slashes: false, shortTenantIds: false };
 * const layout = readLayout({ mode: "token", hash: "f3a1", ...settings, groups });
 * layout.apiType; // => "rest"
 * layout.groups[0]?.stageValue; // => "a-f3a1"
 */
export function readLayout(data: LayoutData): Layout {
  const groups = data.groups.map(({ name, routes, anyMethodPaths }) => ({
    name,
    stageVariable: stageVariable(name),
    stageValue: stageValue(name, data.hash),
    routes: routes.map(([method, path, ...scopes]) => makeRoute(method, path, scopes)),
    anyMethodPaths: new Set(anyMethodPaths),
  }));
  return { ...data, apiType: data.front ?? "rest", groups };
}

/** Returns the stage variables that a stage with this layout needs, by their names. */
export function stageVariables(layout: Layout): Record<string, string> {
  return Object.fromEntries(layout.groups.map((group) => [group.stageVariable, group.stageValue]));
}

/** Finds a route and its group by the route's key. Returns undefined for a route that no authorizer guards. */
export function findRoute(layout: Layout, key: string): { route: Route; group: Group } | undefined {
  return routesByKey(layout).get(key as RouteKey);
}

const routesByKey = memoize(
  ({ groups }: Layout): ReadonlyMap<RouteKey, { route: Route; group: Group }> =>
    new Map(groups.flatMap((group) => group.routes.map((route) => [route.key, { route, group }] as const))),
);

/**
 * Returns the routes that one response decides on: all routes of the group in `token` mode, else only the
 * matched route.
 */
export function routesInScope(layout: Layout, found: { route: Route; group: Group }): readonly Route[] {
  return layout.mode === "token" ? found.group.routes : [found.route];
}
