import type { Item } from "../items.ts";
import type { CachingMode, LayoutData } from "../layout.ts";
import { apiDefinition } from "./api-definition.ts";
import { singleGroupLayout } from "./build-layout.ts";
import { permissionItems } from "./permission-items.ts";
import type { PolicySet } from "./policy-set.ts";

/** What a policy set is compiled to, for each caching mode that its API allows. */
export interface CompiledPolicies {
  /** The mode that was asked for, or what `auto` takes. */
  readonly mode: CachingMode;
  readonly layouts: Readonly<Partial<Record<CachingMode, LayoutData>>>;
  /** Templates of the API definition; placeholders are inside strings. */
  readonly definitions: Readonly<Partial<Record<CachingMode, unknown>>>;
  readonly items: readonly Item[];
}

export type CacheFlag = CachingMode | "auto";

/** Compiles a policy set: layouts, API definitions and the table's items. */
export function compilePolicies(policies: PolicySet, cache: CacheFlag): CompiledPolicies {
  const layouts = {
    route: singleGroupLayout("route", policies.api),
    off: singleGroupLayout("off", policies.api),
  };
  if (cache === "token") throw new Error("--cache token is not there yet: take route, or off");
  const definitions = Object.fromEntries(
    Object.entries(layouts).map(([mode, layout]) => [mode, apiDefinition(policies.api, layout)]),
  );
  return { mode: cache === "auto" ? "route" : cache, layouts, definitions, items: permissionItems(policies) };
}
