import type { Ungroupable } from "../../exact/grouping.ts";
import type { AccessSettings } from "../../model/access-settings.ts";
import type { Item } from "../../model/items.ts";
import type { ApiType, CachingMode, LayoutData } from "../../model/layout.ts";
import type { Api, BackendKind } from "../model/operation.ts";
import { accessSettings } from "../openapi/access-route.ts";
import { apiDefinition } from "../openapi/api-definition.ts";
import { httpDefinition } from "../openapi/http-definition.ts";
import { type OpenMethods, openMethods } from "../openapi/open-methods.ts";
import { type MetadataTemplate, metadataTemplate } from "../openapi/resource-metadata.ts";
import { CachingError, checkApiType, isHttpApi, whyNotOneGroup, whyNotToken } from "./api-types.ts";
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

/** A compiled policy set, for each caching mode that its API allows. */
export interface CompiledPolicies {
  readonly apiType: ApiType;
  /** The requested mode, or the one that `auto` selects. */
  readonly mode: CachingMode;
  /** Why mode `token` is not possible; undefined if it is. */
  readonly why: string | undefined;
  readonly proofs: Readonly<Partial<Record<CachingMode, ProvenLayout>>>;
  readonly layouts: Readonly<Partial<Record<CachingMode, LayoutData>>>;
  /**
   * Templates of the API definition; placeholders are inside strings.
   *
   * @throws CachingError, see {@link checkApiType}
   */
  readonly definitions: Readonly<Partial<Record<CachingMode, unknown>>>;
  readonly backends: ReadonlyMap<string, BackendKind>;
  /** The methods that a resource policy must allow, because no authorizer does. */
  readonly openMethods: OpenMethods;
  /** The metadata document; undefined if no issuer is advertised. */
  readonly metadata: MetadataTemplate | undefined;
  /** What the function needs to answer at the access route; undefined if the API has none. */
  readonly access: AccessSettings | undefined;
  /** The table's items, by environment. */
  readonly items: ReadonlyMap<string, readonly Item[]>;
}

export type CacheFlag = CachingMode | "auto";

/**
 * Compiles a policy set: layouts, API definitions and the table's items.
 *
 * @throws CachingError if the mode `cache` is not possible; it names the routes
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
    throw new CachingError(`Caching mode ${mode} is not possible: ${why ?? NO_ROUTE_MODE}`);
  const layouts = Object.fromEntries(Object.entries(proofs).map(([name, { layout }]) => [name, layout]));
  let items: ReadonlyMap<string, readonly Item[]> | undefined;
  let definitions: CompiledPolicies["definitions"] | undefined;
  return {
    apiType,
    mode,
    why,
    proofs,
    layouts,
    // Computed on access: a simulation needs no definitions, and a check of ten thousand tenants needs no items.
    get definitions() {
      checkApiType(policies, apiType);
      definitions ??= createDefinitions(api, layouts);
      return definitions;
    },
    backends: api.backends,
    openMethods: openMethods(api),
    metadata: metadataTemplate(api),
    access: accessSettings(api, isHttpApi(apiType)),
    get items() {
      items ??= new Map(policies.map((set) => [set.environment, permissionItems(set)]));
      return items;
    },
  };
}

const NO_ROUTE_MODE = "an authorizer of type token caches by one header only: use token or off";

interface Proofs {
  readonly proofs: Readonly<Partial<Record<CachingMode, ProvenLayout>>>;
  /** Why there is no proof for mode `token`; undefined if there is one. */
  readonly why: string | undefined;
}

function provenLayouts(policies: PolicySets, options: LayoutOptions, apiType: ApiType): Proofs {
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

/**
 * Selects the mode for `auto`. Never selects `off`, which costs a Lambda call for each request: the user must
 * request it.
 */
function automatic({ why }: Proofs, apiType: ApiType): CachingMode {
  if (why === undefined) return "token";
  if (apiType !== "rest-token") return "route";
  throw new CachingError(
    `Authorizer type token cannot be cached: ${why}. Use type request, or --cache off, which costs one Lambda call for each request`,
  );
}

function createDefinitions(
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
    throw new CachingError(`Caching mode ${mode} is not possible: ${explainUngroupable(layout, options)}`);
  return layout;
}
