import { type Caller, supposedCaller } from "../../core/decision/caller.ts";
import { decide } from "../../core/decision/decide.ts";
import { isDenial } from "../../core/decision/denial.ts";
import type { Permissions } from "../../core/decision/permissions.ts";
import type { ResolvedRoute } from "../../core/decision/resolve-route.ts";
import type { Sizes } from "../../core/exact/budget.ts";
import type { Ungroupable } from "../../core/exact/grouping.ts";
import type { Binding } from "../../core/model/grant.ts";
import type { RouteKey } from "../../core/model/ids.ts";
import { findRoute, type Group, type Layout, readLayout, routesInScope } from "../../core/model/layout.ts";
import { type Method, makeRoute, type Route } from "../../core/model/route.ts";
import { allow, deny } from "../../core/policy/authorizer-response.ts";
import {
  type LayoutOptions,
  type ProvenLayout,
  singleGroupLayout,
  tokenLayout,
} from "../../core/policy-files/compile/build-layout.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { type Evaluate, type NaiveDocument, prepare } from "../oracle/naive-matcher.ts";
import { boundValues } from "../oracle/naive-rights.ts";
import { type NaiveRoute, naiveRoute } from "../oracle/naive-routes.ts";
import type { Subject } from "../oracle/naive-verifier.ts";
import { BASE, policiesOf } from "../support/policy-files.ts";

export const BASE_58 = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod";
export const BASE_59 = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod1";
/** An ARN up to its stage, as long as the proof reserves. */
export const BASE_90 = `${BASE_59}${"s".repeat(31)}`;
export const BASE_100 = `${BASE_59}${"s".repeat(41)}`;

/** The grants of roles: the bindings of each route, by its key. `{}` is a grant without a binding. */
export type Grants = ReadonlyMap<string, readonly Binding[]>;

const small = policiesOf(BASE);

/** Creates a policy set with these routes and one role with these grants, without YAML. */
export function policySet(keys: readonly string[], grants: Grants = new Map()): PolicySet {
  const [template] = small.api.operations;
  const [role] = small.roles.values();
  if (template === undefined || role === undefined) throw new Error("The small folder is empty");
  const operations = keys.map((key) => ({ ...template, route: routeOf(key), public: false }));
  const allow = [...grants].flatMap(([key, bindings]) =>
    bindings.map((where) => ({
      text: key,
      at: role.at,
      operations: operations.filter((operation) => operation.route.key === key),
      where,
    })),
  );
  return { ...small, api: { ...small.api, operations }, roles: new Map([[role.name, { ...role, allow }]]) };
}

export function routeOf(key: string): Route {
  const [method = "", path = ""] = key.split(" ");
  return makeRoute(method as Method, path);
}

export interface WorldOptions {
  readonly encodedPaths: LayoutOptions["encodedPaths"];
  readonly base: string;
  readonly maxGroups: number;
}

export const layoutOptions = ({ encodedPaths, base, maxGroups }: WorldOptions): LayoutOptions => ({
  encodedPaths,
  maxGroups,
  baseLength: base.length,
});

/** A proven layout, with everything that a test compares it with. */
export interface World {
  readonly keys: readonly string[];
  readonly routes: readonly NaiveRoute[];
  readonly options: WorldOptions;
  readonly proven: ProvenLayout;
  readonly layout: Layout;
}

export const isUngroupable = (result: object): result is Ungroupable => "needed" in result;

/** Groups the routes for mode token. Returns undefined if they cannot be grouped. */
export function tryTokenWorld(
  keys: readonly string[],
  options: WorldOptions,
  grants?: Grants,
): World | undefined {
  const proven = tokenLayout([policySet(keys, grants)], layoutOptions(options));
  return isUngroupable(proven) ? undefined : world(keys, options, proven);
}

export function tokenWorld(keys: readonly string[], options: WorldOptions, grants?: Grants): World {
  const result = tryTokenWorld(keys, options, grants);
  if (result === undefined) throw new Error(`These routes need more than ${options.maxGroups} groups`);
  return result;
}

/**
 * Creates the layout for mode route. Returns undefined if the bindings of a route can be too long for its own
 * policy.
 */
export function tryRouteWorld(
  keys: readonly string[],
  options: WorldOptions,
  grants?: Grants,
): World | undefined {
  const proven = singleGroupLayout([policySet(keys, grants)], "route", layoutOptions(options));
  return isUngroupable(proven) ? undefined : world(keys, options, proven);
}

export function routeWorld(keys: readonly string[], options: WorldOptions, grants?: Grants): World {
  const result = tryRouteWorld(keys, options, grants);
  if (result === undefined) throw new Error("A route alone does not fit");
  return result;
}

const world = (keys: readonly string[], options: WorldOptions, proven: ProvenLayout): World => ({
  keys,
  routes: keys.map(naiveRoute),
  options,
  proven,
  layout: readLayout(proven.layout),
});

export const sizesFor = (world: World, grants: Grants = new Map()): Sizes => ({
  base: world.options.base.length,
  slashes: world.layout.slashes,
  shortTenantIds: world.layout.shortTenantIds,
  bindingsOf: (route) => grants.get(route.key) ?? [],
});

export const groupCount = (world: World): number => world.layout.groups.length;

/** The caller, unless a test has another one. */
export const ANN = { tenant: "acme", subject: "ann", claims: { dept: "d-7" } };
export type Who = Omit<Parameters<typeof supposedCaller>[0], "roles">;

function permissionsFor(who: Who, grants: Grants): Permissions {
  const caller: Caller = supposedCaller(who);
  return {
    caller,
    roles: [],
    plan: null,
    actor: null,
    ownsSubject: true,
    grants: new Map([...grants].map(([key, bindings]) => [key as RouteKey, bindings])),
    version: "0123456789ab",
  };
}

export interface Response {
  readonly bytes: number;
  readonly document: NaiveDocument;
}

/** Builds the response to a caller with these grants, for a request of one route. */
export function respond(world: World, key: string, who: Who, grants: Grants): Response {
  const found = findRoute(world.layout, key);
  if (found === undefined) throw new Error(`${key} is in no group`);
  return respondAt(world, found, permissionsFor(who, grants));
}

function respondAt(
  { layout, options }: World,
  found: { route: Route; group: Group },
  permissions: Permissions,
): Response {
  const { route } = found;
  const resolved: ResolvedRoute = {
    ...found,
    arn: { base: options.base, method: route.method, path: route.path },
  };
  const decision = decide(permissions, routesInScope(layout, found), layout);
  const { response } = isDenial(decision)
    ? deny(resolved, decision, permissions)
    : allow(resolved, decision, permissions, layout);
  return { bytes: JSON.stringify(response).length, document: response.policyDocument };
}

/**
 * The responses to a caller: one for each group in mode `token`, else one for each route. They are built on
 * demand.
 */
export class Responses {
  readonly #world: World;
  readonly #permissions: Permissions;
  readonly #cache = new Map<string, Response & { readonly evaluate: Evaluate }>();
  readonly #change: (document: NaiveDocument) => NaiveDocument;

  constructor(
    world: World,
    grants: Grants,
    who: Who = ANN,
    change: (document: NaiveDocument) => NaiveDocument = (document) => document,
  ) {
    this.#world = world;
    this.#permissions = permissionsFor(who, grants);
    this.#change = change;
  }

  for(key: string): (Response & { readonly evaluate: Evaluate }) | undefined {
    const found = findRoute(this.#world.layout, key);
    if (found === undefined) return undefined;
    const name = this.#world.layout.mode === "token" ? found.group.name : key;
    const cached = this.#cache.get(name);
    if (cached !== undefined) return cached;
    const response = respondAt(this.#world, found, this.#permissions);
    const prepared = { ...response, evaluate: prepare(this.#change(response.document)) };
    this.#cache.set(name, prepared);
    return prepared;
  }

  /** Returns the length of the longest response of all groups, in bytes. */
  longest(): number {
    const [...firsts] = this.#world.layout.groups.map((group) => group.routes[0]?.key ?? "");
    return Math.max(...firsts.map((key) => this.for(key)?.bytes ?? 0));
  }
}

/**
 * Creates the input of the verifier. The caller's values of the grants are resolved by the oracle, not by the product.
 */
export function verifierSubject(world: World, grants: Grants, responses: Responses, who: Who = ANN): Subject {
  return {
    routes: world.routes,
    base: world.options.base,
    granted: new Map(
      [...grants].map(([key, bindings]) => [
        key,
        bindings.map((binding) => boundValues(binding, who)).filter((values) => values !== undefined),
      ]),
    ),
    documentFor: (key) => responses.for(key)?.evaluate,
    slashes: world.layout.slashes,
    decodedSlashes: world.options.encodedPaths === "unknown",
  };
}

/** Lists the caller's values, which adversarial requests contain. */
export const ownValues = (who: Who): string[] =>
  [who.tenant, who.subject ?? "", ...Object.values(who.claims ?? {})].filter((value) => value !== "");

/** Grants all keys without bindings. */
export const grantAll = (keys: Iterable<string>): Grants => new Map([...keys].map((key) => [key, [{}]]));
