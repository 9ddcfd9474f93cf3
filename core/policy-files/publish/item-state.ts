import type { Item } from "../../model/items.ts";
import { itemKey, stampItem } from "../compile/permission-items.ts";
import { digest } from "../source/digest.ts";

/** Returns an item without the attributes that {@link stampItem} and {@link withGenerations} add. */
export function itemContent(item: Item): Item {
  const { v: _version, owner: _owner, hash: _hash, generation: _generation, ...content } = item;
  return content;
}

/** Returns whether an item is unchanged since it was stamped: its hash is that of its content. */
export const hasValidStamp = (item: Item): boolean => hashContent(item) === item["hash"];

/** Computes the hash of an item's content, and ignores the hash that the item has. */
export const hashContent = (item: Item): unknown => stampItem(itemContent(item))["hash"];

/** Returns a hash of a set of items, computed from their keys and hashes. */
export const hashState = (items: readonly Item[]): string =>
  digest(items.map((item) => `${itemKey(item)} ${String(item["hash"])}`).sort());
