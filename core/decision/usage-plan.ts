import { fieldReader } from "../model/item-reader.ts";
import type { Item } from "../model/items.ts";
import type { StoredPermissions, UsageKeyItem } from "./permissions.ts";

/** The sort key of the item, next to a tenant's item, that says that the tenant has its own API key. */
export const USAGE_KEY_SORT_KEY = "USAGE_KEY";

/**
 * The length of an API key's value, in bytes: API Gateway's minimum, because every response contains the key.
 */
export const USAGE_KEY_BYTES = 20;

/**
 * Reads the item of a tenant's own API key.
 *
 * @throws InternalError `item_invalid`
 */
export function readUsageKey(item: Item): UsageKeyItem {
  return { plan: fieldReader(item).string("plan") };
}

/** The holder of usage limits: one tenant, or the tenants of a plan together. */
export type UsageHolder = `plan:${string}` | `tenant:${string}`;

/** Returns the value of a holder's API key, of {@link USAGE_KEY_BYTES} bytes. */
export type UsageKeys = (holder: UsageHolder) => string;

/**
 * Returns the holder whose limits a request counts against: the tenant if it has its own API key in its plan's
 * usage plan, else the plan. Undefined if the tenant has no plan.
 *
 * @example
 * import { readTenant } from "../model/items.ts";
 * import { usageHolder } from "./usage-plan.ts";
 *
 * const item = { pk: "TENANT#acme", sk: "TENANT", v: 1, hash: "ab12", id: "acme", status: "active", plan: "team" };
 * usageHolder({ tenant: readTenant(item) }); // => "plan:team"
 * usageHolder({ tenant: readTenant(item), usageKey: { plan: "team" } }); // => "tenant:acme"
 */
export function usageHolder({
  tenant,
  usageKey,
}: Pick<StoredPermissions, "tenant" | "usageKey">): UsageHolder | undefined {
  if (tenant == null || tenant.plan === null) return undefined;
  return usageKey?.plan === tenant.plan ? `tenant:${tenant.id}` : `plan:${tenant.plan}`;
}
