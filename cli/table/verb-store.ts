import { suggestion } from "../../core/policy-files/source/suggestion.ts";
import { checkSpelling, tenantItemKey, unknownTenant } from "../../runtime/table/catalogue.ts";
import { getItem, type StoreOptions } from "../../runtime/table/store.ts";
import { type TenantStore, tenantStore } from "../../runtime/table/tenant-store.ts";
import { progress } from "../shared/progress.ts";

/** The most tenants that are read for a suggestion. */
const MAX_READ = 10_000;

/** The library of tenants, for a person who can misspell an id. */
export interface VerbStore extends TenantStore {
  readonly options: StoreOptions;
  /** @throws StoreError `tenant_unknown`, with the nearest id, if the table has no such tenant */
  requireTenant(id: string): Promise<void>;
}

/** Opens a table for a verb. */
export function verbStore(options: StoreOptions): VerbStore {
  const store = tenantStore(options);
  return {
    ...store,
    options,
    async requireTenant(id) {
      const item = await getItem(options, tenantItemKey(id));
      if (item === undefined) throw unknownTenant(id, await suggestTenant(store, id));
      checkSpelling(item, id);
    },
  };
}

/** Returns the end of the message, also if the caller may not read the whole table. */
async function suggestTenant(store: TenantStore, id: string): Promise<string> {
  const ids: string[] = [];
  const tick = progress("tenants read");
  try {
    for await (const tenant of store.tenants()) {
      tick();
      if (ids.push(tenant.id) === MAX_READ) break;
    }
  } catch {
    // The message without a suggestion is still right.
  }
  return suggestion(id, ids) || "; npx portcullis tenant list --all prints the tenants that it has";
}
