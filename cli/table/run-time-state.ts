import { type Catalogue, type Item, TENANT_SORT_KEY } from "../../core/model/items.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { type StateOf, stateFrom, WITHOUT_TABLE } from "../../core/policy-files/simulate/run-time-state.ts";
import { tableFlag } from "./table-flag.ts";
import { loadTableReads } from "./table-reads.ts";

/** What run time adds to policy files: tenants, and the memberships and revocations of each caller. */
export interface RunTimeState {
  readonly tenants: readonly Item[];
  readonly stateOf: (catalogue: Pick<Catalogue, "issuers">) => StateOf;
}

/**
 * Runs a verb with what the table of `--table` adds to the files, and returns its exit status. Without the flag nothing
 * is added.
 */
export async function withRunTimeState(
  name: string | undefined,
  policies: PolicySet,
  use: (state: RunTimeState) => number,
): Promise<number> {
  if (name === undefined) return use({ tenants: [], stateOf: () => WITHOUT_TABLE });
  const table = tableFlag(name);
  const { withTable, readRunTimeItems, rejectTenantsInBoth } = await loadTableReads();
  return withTable(table, async () => {
    const found = await readRunTimeItems(table);
    const tenants = found.items.filter(({ sk }) => sk === TENANT_SORT_KEY);
    rejectTenantsInBoth(policies, tenants);
    const at = Date.now() / 1_000;
    return use({ tenants, stateOf: (catalogue) => stateFrom(found, catalogue, at) });
  });
}
