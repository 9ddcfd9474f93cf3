import { InternalError } from "../../model/errors.ts";
import { CATALOGUE_KEY, type Item } from "../../model/items.ts";
import { itemKey } from "../compile/permission-items.ts";
import { type AccessEffect, accessEffectOf, Comparison } from "./narrowed-item.ts";

/** One item to be put or deleted. */
export type Write =
  | { readonly put: Item /** No item of this key was there. */; readonly creates: boolean }
  | { readonly remove: Item };

/** Writes that may be done in any order among themselves. */
export interface WriteStep {
  readonly name: "narrow" | "switch" | "widen" | "clear" | "all";
  readonly writes: readonly Write[];
  /** Every reader must have seen the step before, which is when nobody remembers an older state. */
  readonly waits: boolean;
}

/** What a publish changes. */
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
 * Orders the writes between two states such that at no moment anybody may more than before or more than
 * after, whoever reads an older catalogue with a newer tenant or the other way round, as a Lambda does until
 * its memory ends:
 *
 * 1. `narrow`: every item goes to what its old and its new content both allow (roles and tenants that are gone
 *    go; new plans come, which nobody has yet). Each write takes only, so nobody may more than before; and at
 *    its end nobody may more than after.
 * 2. `switch`: issuers that read tokens in another way. A decision has one issuer, so it is the old one or
 *    the new one, and with the rest as narrow as it is now, neither allows more than its own state.
 * 3. `widen`: every item goes to its new content. Each write gives only, so nobody may more than after.
 * 4. `clear`: plans that no tenant has any more.
 *
 * Tenants alone, or one item alone, need no order: a decision reads one tenant, and an item changes whole. Nor
 * do items that cannot be read, for they are answered with 500.
 */
export function orderWrites(before: readonly Item[], after: readonly Item[]): WriteStep[] {
  const changes = changesBetween(before, after);
  const all = allWrites(changes);
  if (all.length === 0) return [];
  if (before.length === 0 || all.length === 1 || all.every((write) => !isCatalogue(itemOf(write))))
    return [{ name: "all", writes: tenantsFirst(all), waits: false }];
  try {
    return withWaits(sortIntoSteps(changes, new Comparison({ before, after }), before, after));
  } catch (error) {
    if (!(error instanceof InternalError)) throw error;
    return [{ name: "all", writes: tenantsFirst(all), waits: false }];
  }
}

export const itemOf = (write: Write): Item => ("put" in write ? write.put : write.remove);
const isCatalogue = (item: Item): boolean => item["pk"] === CATALOGUE_KEY;
const isPlan = (item: Item): boolean => isCatalogue(item) && String(item["sk"]).startsWith("PLAN#");

const allWrites = ({ created, changed, removed }: ItemChanges): Write[] => [
  ...removed.map((item): Write => ({ remove: item })),
  ...changed.map(({ after }): Write => ({ put: after, creates: false })),
  ...created.map((item): Write => ({ put: item, creates: true })),
];

/** A table without a catalogue answers 500, which nobody caches: it goes into service when it is whole. */
const tenantsFirst = (writes: readonly Write[]): Write[] => [
  ...writes.filter((write) => !isCatalogue(itemOf(write))),
  ...writes.filter((write) => isCatalogue(itemOf(write))),
];

type Unwaited = Omit<WriteStep, "waits">;

function sortIntoSteps(
  { created, changed, removed }: ItemChanges,
  comparison: Comparison,
  before: readonly Item[],
  after: readonly Item[],
): Unwaited[] {
  const [narrow, switches, widen, clear]: [Write[], Write[], Write[], Write[]] = [[], [], [], []];
  const neutral: Write[] = [];
  // A tenant without a plan beside plans is an error, so where the first plan comes or the last one goes,
  // both go together.
  const plansStay = before.some(isPlan) && after.some(isPlan);
  for (const item of removed) (isPlan(item) ? (plansStay ? clear : widen) : narrow).push({ remove: item });
  for (const item of created) (isPlan(item) && plansStay ? narrow : widen).push({ put: item, creates: true });
  for (const { before: old, after: next } of changed) {
    const bearing: AccessEffect = accessEffectOf(old, next, comparison);
    const put: Write = { put: next, creates: false };
    if (bearing.kind === "mixed") {
      narrow.push({ put: bearing.intersection, creates: false });
      widen.push(put);
    } else ({ none: neutral, narrows: narrow, widens: widen, switches })[bearing.kind].push(put);
  }
  const [home] = [widen, narrow, switches, clear].filter((writes) => writes.length > 0);
  (home ?? widen).push(...neutral);
  const steps: Unwaited[] = [
    { name: "narrow", writes: narrow },
    { name: "switch", writes: switches },
    { name: "widen", writes: widen },
    { name: "clear", writes: clear },
  ];
  return steps.filter(({ writes }) => writes.length > 0);
}

/** Steps that touch the catalogue only, or tenants only, meet in no decision through what a reader remembers. */
function withWaits(steps: readonly Unwaited[]): WriteStep[] {
  const items = steps.flatMap(({ writes }) => writes.map(itemOf));
  const both = items.some(isCatalogue) && items.some((item) => !isCatalogue(item));
  return steps.map((step, index) => ({ ...step, waits: index > 0 && both }));
}
