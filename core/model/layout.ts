import type { RouteKey } from "./ids.ts";
import { memoize } from "./memoize.ts";
import { type Method, makeRoute, type Route } from "./route.ts";

/** How API Gateway caches the authorizer's answers. */
export const CACHING_MODES = ["token", "route", "off"] as const;
export type CachingMode = (typeof CACHING_MODES)[number];

/**
 * What asks the authorizer, and how it answers: a REST API's authorizer of type REQUEST or TOKEN with a policy,
 * an HTTP API's with `{isAuthorized, context}` or with a policy.
 */
export const API_TYPES = ["rest", "rest-token", "http-simple", "http-iam"] as const;
export type ApiType = (typeof API_TYPES)[number];

/** The routes of one authorizer: every policy is evaluated for these and no others. */
export interface Group {
  readonly name: string;
  /** The stage variable that is the authorizer's first identity source. */
  readonly stageVariable: string;
  /** What that variable must hold: the group's name and the layout's hash. */
  readonly stageValue: string;
  readonly routes: readonly Route[];
  /** Paths of which one resource, `*` and the path, may allow all methods: it reaches no other path of the group. */
  readonly anyMethodPaths: ReadonlySet<string>;
}

/**
 * What of a request names the tenant: a header, a path's parameter (routes without it go by the claim), or the
 * first label of the Host header. Null: the claim alone decides.
 */
export type TenantSelector =
  | { readonly header: string }
  | { readonly path: string }
  | { readonly host: true }
  | null;

/** Which authorizer guards which routes, for one caching mode. Made by the build, fixed in the bundle. */
export interface Layout {
  readonly apiType: ApiType;
  readonly mode: CachingMode;
  /** Of everything that a cached policy depends on; it names the Lambda's alias too. */
  readonly hash: string;
  readonly tenantSelector: TenantSelector;
  /** Whether a path that ends in a literal is allowed with a slash at its end too. */
  readonly slashes: boolean;
  /** Whether the proof counts on tenant ids of at most 64 unreserved characters: others are not expressible. */
  readonly shortTenantIds: boolean;
  readonly groups: readonly Group[];
}

/** A layout as the bundle's `layout.json` holds it. */
export interface LayoutData {
  /** Absent: `rest`. */
  readonly front?: Exclude<ApiType, "rest">;
  readonly mode: CachingMode;
  readonly hash: string;
  readonly tenantSelector: TenantSelector;
  readonly slashes: boolean;
  readonly shortTenantIds: boolean;
  readonly groups: readonly GroupData[];
}

export interface GroupData {
  readonly name: string;
  readonly routes: readonly RouteData[];
  readonly anyMethodPaths: readonly string[];
}

type RouteData = readonly [method: Method, path: string, ...scopes: string[]];

/** Stage variables' names hold letters, digits and underscores only. */
export const stageVariable = (group: string): string => `portcullis_${group}`;
export const stageValue = (group: string, hash: string): string => `${group}-${hash}`;

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

/** The stage variables that a stage with this layout needs. */
export function stageVariables(layout: Layout): Record<string, string> {
  return Object.fromEntries(layout.groups.map((group) => [group.stageVariable, group.stageValue]));
}

/** Where a route stands: its group, or undefined for a route that no authorizer guards. */
export function findRoute(layout: Layout, key: string): { route: Route; group: Group } | undefined {
  return indexOf(layout).get(key as RouteKey);
}

const indexOf = memoize(
  ({ groups }: Layout): ReadonlyMap<RouteKey, { route: Route; group: Group }> =>
    new Map(groups.flatMap((group) => group.routes.map((route) => [route.key, { route, group }] as const))),
);

/** The routes that one answer speaks of: the group's, or in `route` and `off` mode the matched one alone. */
export function routesInScope(layout: Layout, found: { route: Route; group: Group }): readonly Route[] {
  return layout.mode === "token" ? found.group.routes : [found.route];
}
