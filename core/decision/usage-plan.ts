import { reader } from "../model/item-reader.ts";
import type { Item } from "../model/items.ts";
import type { StoredPermissions, UsageKeyItem } from "./permissions.ts";

/** The sort key of the item beside a tenant that says that it has an API key of its own. */
export const USAGE_KEY_SORT_KEY = "USAGE_KEY";

/** Of an API key's value, in bytes: the least that API Gateway takes, since it stands in every answer. */
export const USAGE_KEY_BYTES = 20;

/** Reads the item of a tenant's own key. @throws UnavailableError `item_invalid` */
export function readUsageKey(item: Item): UsageKeyItem {
  return { plan: reader(item).text("plan") };
}

/** Whose requests are counted together: all tenants of a plan, or one tenant. */
export type UsageHolder = `plan:${string}` | `tenant:${string}`;

/** The value of a holder's API key, {@link USAGE_KEY_BYTES} long. */
export type UsageKeys = (holder: UsageHolder) => string;

/**
 * Whose limits a request counts against: the tenant's own where it has a key in its plan's usage plan, else
 * the plan's, which its other tenants share. Undefined where no plans are kept.
 */
export function usageHolder({
  tenant,
  usageKey,
}: Pick<StoredPermissions, "tenant" | "usageKey">): UsageHolder | undefined {
  if (tenant == null || tenant.plan === null) return undefined;
  return usageKey?.plan === tenant.plan ? `tenant:${tenant.id}` : `plan:${tenant.plan}`;
}
