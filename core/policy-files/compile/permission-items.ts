import { ITEM_VERSION, type Item, withoutUndefined } from "../../model/items.ts";
import type { Rules } from "../model/rules-json.ts";
import { digest } from "../source/digest.ts";
import { itemContents } from "./item-contents.ts";
import { routeItems } from "./route-items.ts";

/** The owner of an item: the policy files (by Terraform or `publish`), or sign-up at run time. */
export const FILES_OWNER = "files";
export const RUNTIME_OWNER = "runtime";

/** Compiles a policy set to the items of the permissions table, sorted by key. */
export const permissionItems = (policies: Rules): Item[] =>
  sortByKey([...itemContents(policies), ...routeItems(policies.api.operations)].map(stampItem));

/** What identifies an item. Each item has it. */
interface ItemKey {
  readonly pk?: unknown;
  readonly sk?: unknown;
}

/** Returns `pk` and `sk` as one string. */
export const itemKey = ({ pk, sk }: ItemKey): string => `${String(pk)}/${String(sk)}`;

/** Returns items in the order of their keys, each of which is made once. */
export const sortByKey = <T extends ItemKey>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, key: itemKey(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);

/** Adds the version, the owner and the content's hash to an item. Drops undefined attributes. */
export function stampItem(content: Item): Item {
  const present = withoutUndefined(content);
  return { ...present, v: ITEM_VERSION, owner: FILES_OWNER, hash: digest(present) };
}
