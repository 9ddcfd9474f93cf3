import type { Item } from "../../core/model/items.ts";
import type { CachingMode, LayoutData } from "../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import {
  type CacheFlag,
  type CompiledPolicies,
  compilePolicies,
} from "../../core/policy-files/compile/compile.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";

/** A compiled policy set, with the layout of one caching mode and the items of one environment. */
export interface Build {
  readonly compiled: CompiledPolicies;
  readonly layout: LayoutData;
  readonly items: readonly Item[];
}

export function buildOf(policies: PolicySet, cache: CacheFlag = "route"): Build {
  const compiled = compilePolicies([policies], cache, DEFAULT_LAYOUT_OPTIONS);
  const items = compiled.items.get(policies.environment);
  if (items === undefined) throw new Error(`There are no items for ${policies.environment}`);
  return { compiled, layout: findLayout(compiled, compiled.mode), items };
}

/** Returns the layout for a caching mode. */
export const layoutFor = (policies: PolicySet, mode: "route" | "off"): LayoutData =>
  buildOf(policies, mode).layout;

function findLayout({ layouts }: CompiledPolicies, mode: CachingMode): LayoutData {
  const layout = layouts[mode];
  if (layout === undefined) throw new Error(`There is no layout for ${mode}`);
  return layout;
}
