import type { Item } from "../../model/items.ts";
import { type Catalogue, readCatalogue, readTenant, type TenantItem } from "../../model/items.ts";

/** Reads compiled items as a decision reads them from the table: the catalogue, and the tenants by id. */
export function readItems(items: readonly Item[]): {
  catalogue: Catalogue;
  tenants: ReadonlyMap<string, TenantItem>;
} {
  const tenants = items.filter((item) => item["sk"] === "TENANT").map(readTenant);
  return {
    catalogue: readCatalogue(items.filter((item) => item["pk"] === "CATALOGUE")),
    tenants: new Map(tenants.map((tenant) => [tenant.id, tenant])),
  };
}
