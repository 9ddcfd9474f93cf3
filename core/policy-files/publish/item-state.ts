import type { Item } from "../../model/items.ts";
import { itemKey, stampItem } from "../compile/permission-items.ts";
import { digest } from "../source/digest.ts";

/** An item without what {@link stampItem} adds. */
export function itemContent(item: Item): Item {
  const { v: _version, owner: _owner, hash: _hash, ...content } = item;
  return content;
}

/** Whether an item still is what was sealed: its hash is that of its content. */
export const hasValidStamp = (item: Item): boolean => hashContent(item) === item["hash"];

/** The hash that an item's content has, whatever it says. */
export const hashContent = (item: Item): unknown => stampItem(itemContent(item))["hash"];

/** One name for a whole set of items, by their keys and hashes. */
export const hashState = (items: readonly Item[]): string =>
  digest(items.map((item) => `${itemKey(item)} ${String(item["hash"])}`).sort());
