import { type Item, tenantKey } from "../../core/model/items.ts";
import { getTenant } from "../../runtime/table/catalogue.ts";
import { scanTenants } from "../../runtime/table/scan-tenants.ts";
import { queryItems, type StoreOptions } from "../../runtime/table/store.ts";
import { progress } from "../shared/progress.ts";
import { retry } from "../table/back-off.ts";
import { exportLines } from "./export-lines.ts";
import { inParallel } from "./in-parallel.ts";

/**
 * Returns the lines of some tenants, or of all by a scan of the whole table.
 *
 * @throws StoreError `tenant_unknown`
 */
export async function readExport(store: StoreOptions, tenants: readonly string[]): Promise<string[]> {
  const items = tenants.length === 0 ? await readAll(store) : await readSome(store, tenants);
  return exportLines(items, (store.now ?? Date.now)() / 1_000);
}

async function readSome(store: StoreOptions, tenants: readonly string[]): Promise<Item[]> {
  const read = await inParallel([...new Set(tenants)], async (id) => {
    await retry(() => getTenant(store, id));
    return retry(() => queryItems(store, tenantKey(id)));
  });
  return read.flat();
}

async function readAll({ client, table }: StoreOptions): Promise<Item[]> {
  const tick = progress("items read");
  const items: Item[] = [];
  for await (const page of scanTenants(client, table)) {
    items.push(...page);
    tick(page.length);
  }
  return items;
}
