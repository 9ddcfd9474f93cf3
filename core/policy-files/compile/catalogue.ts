import {
  CATALOGUE_KEY,
  type Catalogue,
  type Item,
  isOwnIssuer,
  readCatalogue,
  readOwnIssuer,
  readTenant,
  TENANT_SORT_KEY,
  type TenantItem,
} from "../../model/items.ts";

/**
 * Reads compiled items as the authorizer reads them from the table.
 *
 * @throws InternalError `item_invalid` if any item cannot be read: a tool shows all of the access or none
 */
export function readItems(items: readonly Item[]): {
  catalogue: Catalogue;
  tenants: ReadonlyMap<string, TenantItem>;
} {
  const tenants = items.filter(({ sk }) => sk === TENANT_SORT_KEY).map(readTenant);
  const catalogue = readCatalogue(items.filter(({ pk }) => pk === CATALOGUE_KEY));
  const [error] = catalogue.unreadable;
  if (error !== undefined) throw error;
  const own = items.filter(isOwnIssuer).map(readOwnIssuer);
  const issuers = new Map([...catalogue.issuers, ...own.map((issuer) => [issuer.name, issuer] as const)]);
  return {
    catalogue: { ...catalogue, issuers },
    tenants: new Map(tenants.map((tenant) => [tenant.id, tenant])),
  };
}
