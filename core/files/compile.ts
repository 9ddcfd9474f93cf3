import type { Ungroupable } from "../exact/grouping.ts";
import type { Item } from "../items.ts";
import type { CachingMode, LayoutData } from "../layout.ts";
import type { BackendKind } from "./api.ts";
import { apiDefinition } from "./api-definition.ts";
import {
  type LayoutOptions,
  type PolicySets,
  type ProvenLayout,
  singleGroupLayout,
  tokenLayout,
} from "./build-layout.ts";
import { type OpenMethods, openMethods } from "./open-methods.ts";
import { permissionItems } from "./permission-items.ts";
import { explainUngroupable } from "./proof-report.ts";

/** What a policy set is compiled to, for each caching mode that its API allows. */
export interface CompiledPolicies {
  /** The mode that was asked for, or what `auto` takes. */
  readonly mode: CachingMode;
  /** Why `auto` does not take `token`. */
  readonly why: string | undefined;
  readonly proofs: Readonly<Partial<Record<CachingMode, ProvenLayout>>>;
  readonly layouts: Readonly<Partial<Record<CachingMode, LayoutData>>>;
  /** Templates of the API definition; placeholders are inside strings. */
  readonly definitions: Readonly<Partial<Record<CachingMode, unknown>>>;
  readonly backends: ReadonlyMap<string, BackendKind>;
  /** What a resource policy has to allow, since no authorizer does. */
  readonly openMethods: OpenMethods;
  /** The table's items, for each environment. */
  readonly items: ReadonlyMap<string, readonly Item[]>;
}

export type CacheFlag = CachingMode | "auto";

/** The policies are fine, but the demanded caching mode cannot be had. */
export class CachingError extends Error {}

/**
 * Compiles a policy set: layouts, API definitions and the table's items.
 *
 * @throws CachingError where `cache` cannot be had, naming the routes
 */
export function compilePolicies(
  policies: PolicySets,
  cache: CacheFlag,
  options: LayoutOptions,
): CompiledPolicies {
  const byPath = tenantInPath(policies);
  const token = byPath ?? tokenLayout(policies, options);
  const route = proven("route", singleGroupLayout(policies, "route", options), options);
  const off = proven("off", singleGroupLayout(policies, "off", options), options);
  const why =
    typeof token === "string" ? token : "needed" in token ? explainUngroupable(token, options) : undefined;
  if (cache === "token" && why !== undefined)
    throw new CachingError(`Caching mode token cannot be had: ${why}`);
  const proofs = { ...(typeof token !== "string" && !("needed" in token) && { token }), route, off };
  const layouts = Object.fromEntries(Object.entries(proofs).map(([mode, { layout }]) => [mode, layout]));
  const definitions = Object.fromEntries(
    Object.entries(layouts).map(([mode, layout]) => [mode, apiDefinition(policies[0].api, layout)]),
  );
  const mode = cache === "auto" ? (why === undefined ? "token" : "route") : cache;
  let items: ReadonlyMap<string, readonly Item[]> | undefined;
  return {
    mode,
    why,
    proofs,
    layouts,
    definitions,
    backends: policies[0].api.backends,
    openMethods: openMethods(policies[0].api),
    // Made when asked for: a check of ten thousand tenants has no use for them.
    get items() {
      items ??= new Map(policies.map((set) => [set.environment, permissionItems(set)]));
      return items;
    },
  };
}

/** Why one answer cannot speak for several routes where the path names the tenant. */
function tenantInPath([{ api }]: PolicySets): string | undefined {
  const selector = api.tenantSelector;
  return selector !== null && "path" in selector
    ? `the path's parameter {${selector.path}} names the tenant, which one answer for a token cannot follow: use route`
    : undefined;
}

function proven(mode: CachingMode, layout: ProvenLayout | Ungroupable, options: LayoutOptions): ProvenLayout {
  if ("needed" in layout)
    throw new CachingError(`Caching mode ${mode} cannot be had: ${explainUngroupable(layout, options)}`);
  return layout;
}
