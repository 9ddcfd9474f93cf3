import type { Item } from "../core/model/items.ts";
import { tenantKey } from "../core/model/items.ts";
import { stampRuntime } from "../runtime/table/store.ts";

/** The ids of a table's tenants, by number. */
export const customerId = (index: number): string => `t${index}`;

/** A tenant as sign-up writes one. */
export const customer = (id: string): Item =>
  stampRuntime({
    pk: tenantKey(id),
    sk: "TENANT",
    id,
    name: `Customer ${id}`,
    status: "active",
    plan: "team",
  });
