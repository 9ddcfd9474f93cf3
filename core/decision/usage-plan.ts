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
  const read = fieldReader(item);
  const created = read.optional("created", (field) => {
    const text = read.string(field);
    if (!TIMESTAMP.test(text) || Number.isNaN(Date.parse(text))) throw read.invalid(field);
    return Date.parse(text);
  });
  return { plan: read.string("plan"), ...(created !== undefined && { created }) };
}

/** RFC 3339, as Terraform writes the time of a key's creation. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/;

/** The time that API Gateway has to know a new key, in ms. It was reported to need up to two minutes. */
export const KEY_DELAY = 300_000;

/**
 * Returns a tenant's own key if API Gateway knows it for certain, else undefined: a request with an unknown key gets
 * 403, while the plan's key counts already.
 *
 * @param now in ms since 1970
 * @example
 * import { KEY_DELAY, settledKey } from "./usage-plan.ts";
 *
 * const key = { plan: "team", created: 1_000 };
 * settledKey(key, 1_000 + KEY_DELAY - 1); // => undefined
 * settledKey(key, 1_000 + KEY_DELAY); // => {"plan":"team","created":1000}
 */
export const settledKey = (key: UsageKeyItem | undefined, now: number): UsageKeyItem | undefined =>
  key?.created !== undefined && now < key.created + KEY_DELAY ? undefined : key;

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
