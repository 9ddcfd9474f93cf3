import { DIRECTORY_PREFIX, type Item, TENANT_SORT_KEY } from "../../model/items.ts";
import { itemKey, RUNTIME_OWNER } from "../compile/permission-items.ts";
import { hashContent, itemContent } from "./item-state.ts";

/** The attribute of a run-time tenant that `tenant move` marks for the policy files, and its value. */
const MARK = "moving";
export const TO_FILES = "files";

/** Returns whether `tenant move` marked a run-time tenant for the policy files. */
export const isMoving = (item: Item): boolean =>
  item["owner"] === RUNTIME_OWNER && item["sk"] === TENANT_SORT_KEY && item[MARK] === TO_FILES;

/** Marks a tenant's content. */
export const withMark = (content: Item): Item => ({ ...content, [MARK]: TO_FILES });

/** Returns what a tenant's item has for both owners: without its stamp, its generation, its mark and its written rules. */
export function sharedContent(item: Item): Item {
  const { [MARK]: _mark, rules: _rules, ...content } = itemContent(item);
  return content;
}

/** Returns whether two items give their callers the same, also with different owners. */
export const isSameTenant = (a: Item, b: Item): boolean =>
  hashContent(sharedContent(a)) === hashContent(sharedContent(b));

/** An item of run time that becomes one of the policy files, without any other change. */
export interface Takeover {
  readonly before: Item;
  /** With the generation of before, so that the tenant's people keep their roles. */
  readonly after: Item;
}

/**
 * Finds the items of run time that a publish takes over: tenants that were marked and that are exactly what their files
 * say, and the directories of such tenants. Everything else that both owners have is an error.
 *
 * @param runTime the items of owner `runtime`, of which those of tenants are whole
 * @param present the items of owner `files`
 */
export function findTakeovers(
  runTime: readonly Item[],
  present: readonly Item[],
  wanted: readonly Item[],
): Takeover[] {
  const byKey = new Map(wanted.map((item) => [itemKey(item), item]));
  const pairs = runTime.flatMap((before) => {
    const after = byKey.get(itemKey(before));
    return after === undefined ? [] : [{ before, after }];
  });
  const tenants = pairs
    .filter(({ before, after }) => isMoving(before) && isSameTenant(before, after))
    .map(
      ({ before, after }): Takeover => ({ before, after: { ...after, generation: before["generation"] } }),
    );
  // A tenant of the files may still lack a directory: then an earlier publish stopped between the two.
  const ids = new Set([...tenants.map(({ before }) => before), ...present].map((item) => item["id"]));
  const directories = pairs.filter(
    ({ before, after }) =>
      String(before["pk"]).startsWith(DIRECTORY_PREFIX) &&
      before["tenant"] === after["tenant"] &&
      ids.has(after["tenant"]),
  );
  return [...tenants, ...directories];
}
