import { type Item, TENANT_PREFIX, TENANT_SORT_KEY } from "../../model/items.ts";
import { itemKey } from "../compile/permission-items.ts";

const isTenant = ({ pk, sk }: Item): boolean =>
  sk === TENANT_SORT_KEY && String(pk).startsWith(TENANT_PREFIX);

/** Returns whether an item has all that the writer of the table adds: a tenant without a generation has not. */
export const hasGeneration = (item: Item): boolean =>
  !isTenant(item) || (typeof item["generation"] === "string" && item["generation"] !== "");

/**
 * Creates a function that adds the generation to a tenant's item before it is written: that of the tenant in the table,
 * or a new one. Other items do not change. Files cannot say whether a tenant is new or returns, so the writer of
 * the table decides, by what the table has.
 *
 * @param present the items that the table has
 * @param create returns a random generation
 */
export function withGenerations(present: readonly Item[], create: () => string): (item: Item) => Item {
  const generations = new Map(
    present
      .filter((item) => isTenant(item) && hasGeneration(item))
      .map((item) => [itemKey(item), item["generation"]]),
  );
  return (item) => {
    if (!isTenant(item)) return item;
    const generation = generations.get(itemKey(item)) ?? create();
    generations.set(itemKey(item), generation);
    return { ...item, generation };
  };
}
