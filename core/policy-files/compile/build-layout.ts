import { SHORT_TENANT_ID } from "../../decision/decide.ts";
import { BASE_RESERVE, RESOURCE_BUDGET, routeSize, type Sizes } from "../../exact/budget.ts";
import {
  type GroupingProgress,
  groupRoutes,
  type RouteGroup,
  type Ungroupable,
} from "../../exact/grouping.ts";
import { findViolations } from "../../exact/proof.ts";
import { type Binding, type BindingSource, conjoin, printGrant } from "../../model/grant.ts";
import { LIST_LIMIT } from "../../model/issuer.ts";
import { type ApiType, type CachingMode, type LayoutData, readLayout } from "../../model/layout.ts";
import type { Route } from "../../model/route.ts";
import { guardedRoutes } from "../model/operation.ts";
import type { PolicySet } from "../model/policy-set.ts";
import { digest } from "../source/digest.ts";

/**
 * Increase this when the meaning of a cached policy changes, so that policies cached by an earlier version are
 * not used.
 */
const LAYOUT_VERSION = 1;

/** How `%2F` appears in the ARN that AWS evaluates; `unknown`: the proof must hold for both readings. */
export const ENCODED_PATHS = ["as_sent", "unknown"] as const;

export interface LayoutOptions {
  /** The number of authorizers that the API can have; API Gateway's default quota is ten. */
  readonly maxGroups: number;
  readonly encodedPaths: (typeof ENCODED_PATHS)[number];
  /** The length of an ARN up to and including its stage, in characters. */
  readonly baseLength: number;
  readonly progress?: GroupingProgress;
}

export const DEFAULT_LAYOUT_OPTIONS: LayoutOptions = {
  maxGroups: 10,
  encodedPaths: "unknown",
  baseLength: BASE_RESERVE,
};

/** One folder's policies for each of its environments, which all share one layout. */
export type PolicySets = readonly [PolicySet, ...PolicySet[]];

/** A layout whose proof holds, with the longest policy of each group, in bytes of its resources. */
export interface ProvenLayout {
  readonly layout: LayoutData;
  readonly groups: readonly RouteGroup[];
}

/** Returns the layout for mode `token`, with as few groups as possible, or why there is none. */
export function tokenLayout(
  policies: PolicySets,
  options: LayoutOptions,
  apiType: ApiType = "rest",
): ProvenLayout | Ungroupable {
  const routes = guardedRoutes(policies[0].api);
  const sizes = readSizes(policies, options);
  const reading = { decodedSlashes: options.encodedPaths === "unknown" };
  const { maxGroups, progress } = options;
  const plain = groupRoutes(routes, { sizes, reading, maxGroups, progress });
  if ("needed" in plain) return plain;
  const withSlashes = groupRoutes(routes, {
    sizes: { ...sizes, slashes: true },
    reading,
    maxGroups: plain.length,
    progress,
  });
  const slashes = !("needed" in withSlashes);
  const groups = slashes ? withSlashes : plain;
  const layout = makeLayout(policies, { front: apiType, mode: "token" }, { ...sizes, slashes }, groups);
  const violations = findViolations(readLayout(layout), routes, { ...sizes, slashes }, reading);
  if (violations.length > 0)
    throw new Error(`The layout is not exact, which is a bug in Portcullis: ${violations.join("; ")}`);
  return { groups, layout };
}

/**
 * Returns a layout with one authorizer for all routes, which is exact because responses are cached by route, or
 * not at all.
 */
export function singleGroupLayout(
  policies: PolicySets,
  mode: "route" | "off",
  options: LayoutOptions,
  apiType: ApiType = "rest",
): ProvenLayout | Ungroupable {
  const routes = guardedRoutes(policies[0].api);
  const sizes = readSizes(policies, options);
  const longest = (slashes: boolean) =>
    routes.map((route) => ({ route, bytes: longestPolicy(route, { ...sizes, slashes }) }));
  const tooLong = longest(false).filter(({ bytes }) => bytes === 0 || bytes > RESOURCE_BUDGET);
  if (tooLong.length > 0)
    return { needed: Number.POSITIVE_INFINITY, because: { tooLong: tooLong.map(({ route }) => route) } };
  const slashes = longest(true).every(({ bytes }) => bytes <= RESOURCE_BUDGET);
  const group = {
    routes,
    anyMethodPaths: [],
    longest: Math.max(0, ...longest(slashes).map(({ bytes }) => bytes)),
  };
  return {
    groups: [group],
    layout: makeLayout(policies, { front: apiType, mode }, { ...sizes, slashes }, [group]),
  };
}

function longestPolicy(route: Route, sizes: Sizes): number {
  const { free, bound } = routeSize(route, sizes);
  return Math.max(free, bound);
}

function makeLayout(
  [{ api }]: PolicySets,
  { front: apiType, mode }: { readonly front: ApiType; readonly mode: CachingMode },
  { slashes, shortTenantIds }: Sizes,
  groups: readonly RouteGroup[],
): LayoutData {
  const content = {
    ...(apiType !== "rest" && { front: apiType }),
    mode,
    tenantSelector: api.tenantSelector,
    slashes,
    shortTenantIds,
    groups: groups.map(({ routes, anyMethodPaths }, index) => ({
      name: mode === "token" ? `g${index + 1}` : "all",
      routes: routes.map(({ method, path, scopes }) => [method, path, ...scopes] as const),
      anyMethodPaths,
    })),
  };
  return { ...content, hash: digest({ version: LAYOUT_VERSION, ...content }, 12) };
}

function readSizes(policies: PolicySets, { baseLength }: LayoutOptions): Sizes {
  const bindings = allBindings(policies);
  return {
    base: baseLength,
    slashes: false,
    shortTenantIds: policies.every(({ tenants }) =>
      [...tenants.keys()].every((id) => SHORT_TENANT_ID.test(id)),
    ),
    bindingsOf: (route) => bindings.get(route.key) ?? [],
    valuesOf: listLengths(policies),
  };
}

/** Returns how many values a binding's source can have: the longest list that an issuer of any environment allows. */
function listLengths(policies: PolicySets): (source: BindingSource) => number {
  const issuers = policies.flatMap((policy) => [...policy.issuers.values()]);
  return (source) => {
    const key = source.startsWith("claim.") ? source.slice("claim.".length) : undefined;
    if (key === undefined) return 1;
    const limits = issuers.flatMap(({ pass = {}, listLimits = {} }) =>
      Object.hasOwn(pass, key) ? [listLimits[key] ?? LIST_LIMIT] : [],
    );
    return Math.max(1, ...limits);
  };
}

/** Returns, by route, every binding under which a shared role or a tenant's own role grants it. */
function allBindings(policies: PolicySets): Map<string, Binding[]> {
  const distinct = new Map<string, Map<string, Binding>>();
  const own = policies.flatMap(({ tenants }) =>
    [...tenants.values()].flatMap((tenant) => [...tenant.roles.values()]),
  );
  for (const entry of [...policies[0].roles.values(), ...own].flatMap((role) => role.allow))
    for (const { route, bind } of entry.operations) {
      const binding = conjoin(bind, entry.where);
      const bindings = distinct.get(route.key) ?? new Map<string, Binding>();
      distinct.set(route.key, bindings.set(printGrant({ route: route.key, binding }), binding));
    }
  return new Map([...distinct].map(([key, bindings]) => [key, [...bindings.values()]]));
}
