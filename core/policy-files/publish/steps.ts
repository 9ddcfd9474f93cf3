import { InternalError } from "../../model/errors.ts";
import { CATALOGUE_KEY, DIRECTORY_PREFIX, ISSUER_PREFIX, type Item, ROUTES_KEY } from "../../model/items.ts";
import { itemKey } from "../compile/permission-items.ts";
import { type AccessEffect, Comparison, compareContents } from "./narrowed-item.ts";

/** One item to put or to delete. */
export type Write =
  | { readonly put: Item /** Whether there was no item with this key. */; readonly creates: boolean }
  | { readonly remove: Item };

/** Writes whose order among each other does not matter. */
export interface WriteStep {
  readonly name: "narrow" | "switch" | "widen" | "clear" | "all";
  readonly writes: readonly Write[];
  /** Whether to wait first until no reader has the state before the previous step in its cache. */
  readonly waits: boolean;
}

/** The changes that a publish makes. */
export interface ItemChanges {
  readonly created: readonly Item[];
  readonly changed: readonly { readonly before: Item; readonly after: Item }[];
  readonly removed: readonly Item[];
  readonly unchanged: number;
}

/** Compares two sets of items by their hashes. */
export function changesBetween(before: readonly Item[], after: readonly Item[]): ItemChanges {
  const old = new Map(before.map((item) => [itemKey(item), item]));
  const wanted = new Set(after.map(itemKey));
  const pairs = after.map((item) => ({ before: old.get(itemKey(item)), after: item }));
  const changed = pairs.flatMap((pair) =>
    pair.before === undefined || pair.before["hash"] === pair.after["hash"]
      ? []
      : [{ before: pair.before, after: pair.after }],
  );
  const created = pairs.filter((pair) => pair.before === undefined).map((pair) => pair.after);
  return {
    created,
    changed,
    removed: before.filter((item) => !wanted.has(itemKey(item))),
    unchanged: after.length - created.length - changed.length,
  };
}

export const countChanges = ({ created, changed, removed }: ItemChanges): number =>
  created.length + changed.length + removed.length;

/**
 * Orders the writes between two states so that at no time a caller has access that neither state grants. This also
 * holds for a reader that combines an old catalogue with a new tenant, or the reverse, as a Lambda function does
 * until its cache expires. The steps:
 *
 * 1. `narrow`: every item changes to what its old and its new content both allow. Removed roles and tenants are
 *    deleted, and new plans, which no tenant has at that time, are created. Each write only removes access, so no
 *    caller can do more than before; after the step no caller can do more than in the new state.
 * 2. `switch`: issuers that read tokens differently. A decision uses one issuer, the old or the new one, and because
 *    all other items are narrowed, neither allows more than its own state does.
 * 3. `widen`: every item changes to its new content. Each write only adds access, so no caller can do more than in
 *    the new state.
 * 4. `clear`: plans that no tenant has any longer are deleted.
 *
 * Changes to tenants only, to issuers with items of their own only, or to one item only, need no order: a decision reads
 * one tenant and one issuer, and each item changes in one write. If an item cannot be read, there is no order either: its requests fail with 500.
 */
export function orderWrites(before: readonly Item[], after: readonly Item[]): WriteStep[] {
  const changes = changesBetween(before, after);
  const all = allWrites(changes);
  if (all.length === 0) return [];
  if (before.length === 0 || all.length === 1 || isOfOneCache(all))
    return [{ name: "all", writes: tenantsFirst(all), waits: false }];
  try {
    return withWaits(sortIntoSteps(changes, new Comparison({ before, after }), before, after));
  } catch (error) {
    if (!(error instanceof InternalError)) throw error;
    return [{ name: "all", writes: tenantsFirst(all), waits: false }];
  }
}

/** Returns whether all writes are to tenants only, or to issuers with items of their own only. */
const isOfOneCache = (writes: readonly Write[]): boolean => {
  const caches = cachesOf(writes);
  return caches.size === 1 && !caches.has("catalogue");
};

export const itemOf = (write: Write): Item => ("put" in write ? write.put : write.remove);
const isCatalogue = (item: Item): boolean => item["pk"] === CATALOGUE_KEY;
const isIssuer = ({ pk }: Item): boolean =>
  [ISSUER_PREFIX, DIRECTORY_PREFIX].some((prefix) => String(pk).startsWith(prefix));
/**
 * Returns the authorizer's caches that have the items: a decision may combine an old one with a new other one. The routes
 * are in none, because the authorizer does not read them.
 */
const cachesOf = (writes: readonly Write[]): Set<string> =>
  new Set(
    writes
      .map(itemOf)
      .filter(({ pk }) => pk !== ROUTES_KEY)
      .map(cacheOf),
  );
const cacheOf = (item: Item): string =>
  isCatalogue(item) ? "catalogue" : isIssuer(item) ? "issuer" : "tenant";
const isPlan = (item: Item): boolean => isCatalogue(item) && String(item["sk"]).startsWith("PLAN#");

const allWrites = ({ created, changed, removed }: ItemChanges): Write[] => [
  ...removed.map((item): Write => ({ remove: item })),
  ...changed.map(({ after }): Write => ({ put: after, creates: false })),
  ...created.map((item): Write => ({ put: item, creates: true })),
];

/**
 * Puts the catalogue last: without it requests fail with 500, which is not cached, so a new table is used only
 * when it is complete.
 */
const tenantsFirst = (writes: readonly Write[]): Write[] => [
  ...writes.filter((write) => !isCatalogue(itemOf(write))),
  ...writes.filter((write) => isCatalogue(itemOf(write))),
];

type UntimedStep = Omit<WriteStep, "waits">;

function sortIntoSteps(
  { created, changed, removed }: ItemChanges,
  comparison: Comparison,
  before: readonly Item[],
  after: readonly Item[],
): UntimedStep[] {
  const [narrow, switched, widen, clear]: [Write[], Write[], Write[], Write[]] = [[], [], [], []];
  const neutral: Write[] = [];
  // A tenant without a plan is an error if there are plans, so the first plan is created, and the last one
  // deleted, in the same step as the tenants change.
  const plansStay = before.some(isPlan) && after.some(isPlan);
  for (const item of removed) (isPlan(item) ? (plansStay ? clear : widen) : narrow).push({ remove: item });
  for (const item of created) (isPlan(item) && plansStay ? narrow : widen).push({ put: item, creates: true });
  for (const { before: old, after: next } of changed) {
    const effect: AccessEffect = compareContents(old, next, comparison);
    const put: Write = { put: next, creates: false };
    if (effect.kind === "mixed") {
      narrow.push({ put: effect.intersection, creates: false });
      widen.push(put);
    } else ({ none: neutral, narrows: narrow, widens: widen, incomparable: switched })[effect.kind].push(put);
  }
  const [firstUsed] = [widen, narrow, switched, clear].filter((writes) => writes.length > 0);
  (firstUsed ?? widen).push(...neutral);
  const steps: UntimedStep[] = [
    { name: "narrow", writes: narrow },
    { name: "switch", writes: switched },
    { name: "widen", writes: widen },
    { name: "clear", writes: clear },
  ];
  return steps.filter(({ writes }) => writes.length > 0);
}

/**
 * Adds the waits between steps. Changes to the catalogue only, to tenants only, or to issuers only need none, because
 * no cached state of one combines with the other.
 */
function withWaits(steps: readonly UntimedStep[]): WriteStep[] {
  const caches = cachesOf(steps.flatMap(({ writes }) => writes));
  return steps.map((step, index) => ({ ...step, waits: index > 0 && caches.size > 1 }));
}
