import type { Item } from "../../model/items.ts";
import { type Layout, readLayout } from "../../model/layout.ts";
import { readItems } from "../compile/catalogue.ts";
import type { CompiledPolicies } from "../compile/compile.ts";
import type { Rules } from "../model/rules-json.ts";
import type { PolicySimulator } from "./simulate.ts";

/** The ARN, up to and including the stage, of an example API, for simulations without a deployed API. */
export const EXAMPLE_BASE = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod";

/** Creates a simulator of compiled policies, in the environment of the policy set. */
export function createSimulator(
  policies: Rules,
  compiled: CompiledPolicies,
  base = EXAMPLE_BASE,
): PolicySimulator {
  const data = compiled.layouts[compiled.mode];
  if (data === undefined) throw new Error(`There is no layout for ${compiled.mode}`);
  return createSimulatorOn(policies, compiled.items.get(policies.environment) ?? [], readLayout(data), base);
}

/** Creates a simulator of the given items, such as a table's or a mutation's. */
export function createSimulatorOn(
  { api }: Rules,
  items: readonly Item[],
  layout: Layout,
  base = EXAMPLE_BASE,
): PolicySimulator {
  const operations = api.operations.filter(({ external }) => external !== undefined);
  const external = new Set(operations.map(({ route }) => route.key));
  return { routes: api.operations.map(({ route }) => route), external, layout, base, ...readItems(items) };
}
