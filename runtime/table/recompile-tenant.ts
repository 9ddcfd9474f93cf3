import { type Item, withoutUndefined } from "../../core/model/items.ts";
import type { TableRules } from "../../core/policy-files/compile/table-rules.ts";
import { findStale } from "../../core/policy-files/publish/recompile.ts";
import { tenantItemKey } from "./catalogue.ts";
import { changeItem, type StoreOptions, withAudit } from "./store.ts";
import { rulesOf } from "./tenant-rules.ts";

/** Writes what a run-time tenant's rules say now, if that is not what its item has. Nothing else of the tenant changes. */
export async function recompileTenant(
  store: StoreOptions,
  { id, content }: { readonly id: string; readonly content: Item },
  known: TableRules,
): Promise<"done" | "unchanged"> {
  const rules = withoutUndefined(content);
  const change = { kind: "put-tenant", rules } as const;
  return withAudit(
    store,
    id,
    { what: "compile the tenant's roles again", why: "the policy files changed", change },
    () =>
      changeItem(store, tenantItemKey(id), (current) => {
        const stale = current && findStale(current, known);
        if (current === undefined || stale === undefined || "problems" in stale) return "keep";
        const { v: _version, owner: _owner, hash: _hash, ...own } = current;
        return { ...own, ...rulesOf(undefined), ...stale.content };
      }),
  );
}
