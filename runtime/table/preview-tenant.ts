import { ROUTES_KEY } from "../../core/model/items.ts";
import { type AccessDiff, diffAccess } from "../../core/policy-files/access/diff.ts";
import { readRoutes } from "../../core/policy-files/compile/route-items.ts";
import { explicitRoutes } from "../../core/policy-files/model/operation.ts";
import type { TenantInput } from "./input-types.ts";
import { checkOwner, queryItems, type StoreOptions, stampRuntime } from "./store.ts";
import { planPut } from "./tenants.ts";

/** Returns the access that a put gives and takes. Checks it like the put itself, and writes nothing. @throws StoreError */
export async function previewTenant(store: StoreOptions, input: TenantInput): Promise<AccessDiff> {
  const { key, found, first, wanted } = await planPut(store, input);
  checkOwner(key, found);
  const { catalogueItems } = first;
  const operations = readRoutes(await queryItems(store, ROUTES_KEY));
  return diffAccess(
    [...catalogueItems, ...(found === undefined ? [] : [found])],
    [...catalogueItems, stampRuntime({ ...wanted, ...key })],
    explicitRoutes({ operations }),
  );
}
