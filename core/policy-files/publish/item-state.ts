import type { Item } from "../../model/items.ts";
import { itemKey, seal } from "../compile/permission-items.ts";
import { digest } from "../source/digest.ts";

/** An item without what {@link seal} adds. */
export function contentOf(item: Item): Item {
  const { v: _version, owner: _owner, hash: _hash, ...content } = item;
  return content;
}

/** Whether an item still is what was sealed: its hash is that of its content. */
export const isAsSealed = (item: Item): boolean => hashOf(item) === item["hash"];

/** The hash that an item's content has, whatever it says. */
export const hashOf = (item: Item): unknown => seal(contentOf(item))["hash"];

/** One name for a whole set of items, by their keys and hashes. */
export const stateOf = (items: readonly Item[]): string =>
  digest(items.map((item) => `${itemKey(item)} ${String(item["hash"])}`).sort());
