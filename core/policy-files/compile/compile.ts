import type { Ungroupable } from "../../exact/grouping.ts";
import type { Item } from "../../model/items.ts";
import type { ApiType, CachingMode, LayoutData } from "../../model/layout.ts";
import type { Api, BackendKind } from "../model/operation.ts";
import { apiDefinition } from "../openapi/api-definition.ts";
import { httpDefinition } from "../openapi/http-definition.ts";
import { type OpenMethods, openMethods } from "../openapi/open-methods.ts";
import { CachingError, checkFront, isHttpApi, whyNotOneGroup, whyNotToken } from "./api-types.ts";
import {
  type LayoutOptions,
  type PolicySets,
  type ProvenLayout,
  singleGroupLayout,
  tokenLayout,
} from "./build-layout.ts";
import { permissionItems } from "./permission-items.ts";
import { explainUngroupable } from "./proof-report.ts";

export { CachingError } from "./api-types.ts";

/** What a policy set is compiled to, for each caching mode that its API allows. */
export interface CompiledPolicies {
  readonly front: ApiType;
  /** The mode that was asked for, or what `auto` takes. */
  readonly mode: CachingMode;
  /** Why `auto` does not take `token`. */
  readonly why: string | undefined;
  readonly proofs: Readonly<Partial<Record<CachingMode, ProvenLayout>>>;
  readonly layouts: Readonly<Partial<Record<CachingMode, LayoutData>>>;
  /** Templates of the API definition; placeholders are inside strings. @throws CachingError, see {@link checkFront} */
  readonly definitions: Readonly<Partial<Record<CachingMode, unknown>>>;
  readonly backends: ReadonlyMap<string, BackendKind>;
  /** What a resource policy has to allow, since no authorizer does. */
  readonly openMethods: OpenMethods;
  /** The table's items, for each environment. */
  readonly items: ReadonlyMap<string, readonly Item[]>;
}

export type CacheFlag = CachingMode | "auto";

/**
 * Compiles a policy set: layouts, API definitions and the table's items.
 *
 * @throws CachingError where `cache` cannot be had, naming the routes
 */
export function compilePolicies(
  policies: PolicySets,
  cache: CacheFlag,
  options: LayoutOptions,
  apiType: ApiType = "rest",
): CompiledPolicies {
  const [{ api }] = policies;
  const found = provenLayouts(policies, options, apiType);
  const { why, proofs } = found;
  const mode = cache === "auto" ? automatic(found, apiType) : cache;
  if (proofs[mode] === undefined)
    throw new CachingError(`Caching mode ${mode} cannot be had: ${why ?? NO_ROUTE_MODE}`);
  const layouts = Object.fromEntries(Object.entries(proofs).map(([name, { layout }]) => [name, layout]));
  let items: ReadonlyMap<string, readonly Item[]> | undefined;
  return {
    front: apiType,
    mode,
    why,
    proofs,
    layouts,
    // Made when asked for: what only tries requests has no use for them, nor a check of ten thousand tenants for the items.
    get definitions() {
      checkFront(policies, apiType);
      return definitionsOf(api, layouts);
    },
    backends: api.backends,
    openMethods: openMethods(api),
    get items() {
      items ??= new Map(policies.map((set) => [set.environment, permissionItems(set)]));
      return items;
    },
  };
}

const NO_ROUTE_MODE = "an authorizer of type token has one header for its cache's key: use token or off";

interface Found {
  readonly proofs: Readonly<Partial<Record<CachingMode, ProvenLayout>>>;
  /** Why there is none for `token`. */
  readonly why: string | undefined;
}

function provenLayouts(policies: PolicySets, options: LayoutOptions, apiType: ApiType): Found {
  const token = whyNotToken(policies, apiType) ?? tokenLayout(policies, options, apiType);
  const why =
    typeof token === "string"
      ? token
      : "needed" in token
        ? explainUngroupable(token, options)
        : whyNotOneGroup(token, apiType);
  const single = (mode: "route" | "off"): ProvenLayout =>
    proven(mode, singleGroupLayout(policies, mode, options, apiType), options);
  const proofs = {
    ...(typeof token !== "string" && !("needed" in token) && why === undefined && { token }),
    ...(apiType !== "rest-token" && { route: single("route") }),
    off: single("off"),
  };
  return { proofs, why };
}

/** The best that there is. A TOKEN authorizer without a cache costs a call for every request: that is asked for. */
function automatic({ why }: Found, apiType: ApiType): CachingMode {
  if (why === undefined) return "token";
  if (apiType !== "rest-token") return "route";
  throw new CachingError(
    `Authorizer type token cannot be cached: ${why}. Take type request, or --cache off, with one call of the function for every request`,
  );
}

function definitionsOf(
  api: Api,
  layouts: Readonly<Partial<Record<CachingMode, LayoutData>>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(layouts).map(([mode, layout]) => [
      mode,
      isHttpApi(layout.front ?? "rest") ? httpDefinition(api, layout) : apiDefinition(api, layout),
    ]),
  );
}

function proven(mode: CachingMode, layout: ProvenLayout | Ungroupable, options: LayoutOptions): ProvenLayout {
  if ("needed" in layout)
    throw new CachingError(`Caching mode ${mode} cannot be had: ${explainUngroupable(layout, options)}`);
  return layout;
}
