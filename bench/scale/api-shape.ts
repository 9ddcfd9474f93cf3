import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import { membershipKeys } from "../../core/decision/memberships.ts";
import { CATALOGUE_KEY, type Item, readCatalogue, TENANT_SORT_KEY } from "../../core/model/items.ts";
import type { LayoutData } from "../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { GITHUB_PATHS, githubKeys } from "../../tests/exact/real-apis.ts";
import { BASE_59, tokenWorld } from "../../tests/exact/worlds.ts";
import { callerOf } from "./caller.ts";
import { itemBytes } from "./item-bytes.ts";

/** What of an API and its permissions decides calls and reads. */
export interface ApiShape {
  readonly name: string;
  /** For each route its group's index in mode `token`. */
  readonly groupOf: readonly number[];
  /** Read units of one read of the catalogue, of a tenant, and of what bears on a caller. */
  readonly catalogueUnits: number;
  readonly tenantUnits: number;
  readonly peopleUnits: number;
}

/** The sample's API with its own items. */
export function sampleShape(): ApiShape {
  const { policies } = loadPolicyFolder("policies", "dev");
  if (policies === undefined) throw new Error("The sample's policy files have errors");
  const { token } = compilePolicies([policies], "token", DEFAULT_LAYOUT_OPTIONS).layouts;
  if (token === undefined) throw new Error("The sample has no layout for token");
  return { name: "the sample", groupOf: groupsOf(token), ...unitsOf(permissionItems(policies)) };
}

/** Three hundred paths of GitHub's API, with the sample's items. */
export function largeShape(): ApiShape {
  const keys = githubKeys(GITHUB_PATHS.slice(0, 300));
  const { proven } = tokenWorld(keys, { encodedPaths: "as_sent", base: BASE_59, maxGroups: 10 });
  return { ...sampleShape(), name: "300 paths of GitHub's", groupOf: groupsOf(proven.layout) };
}

const groupsOf = ({ groups }: LayoutData): number[] =>
  groups.flatMap(({ routes }, index) => routes.map(() => index));

/** Eventually consistent: half a unit for 4 KB, of each item by itself in a batch and of all together in a query. */
const unitsFor = (bytes: number): number => Math.ceil(Math.max(1, bytes) / 4_096) / 2;

function unitsOf(items: readonly Item[]): Pick<ApiShape, "catalogueUnits" | "tenantUnits" | "peopleUnits"> {
  const catalogue = items.filter(({ pk }) => pk === CATALOGUE_KEY);
  const tenants = items.filter(({ sk }) => sk === TENANT_SORT_KEY);
  const issuer = readCatalogue(catalogue).issuers.get(callerOf("t", "token").issuer ?? ("" as never));
  return {
    catalogueUnits: unitsFor(catalogue.reduce((sum, item) => sum + itemBytes(item), 0)),
    tenantUnits: unitsFor(Math.max(...tenants.map(itemBytes))),
    // Keys without an item cost as an item does.
    peopleUnits: membershipKeys(callerOf("t", "token"), issuer).length * unitsFor(1),
  };
}
