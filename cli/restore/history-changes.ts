import type { Item } from "../../core/model/items.ts";
import { AUDIT_PREFIX, readAudit } from "../../runtime/table/store.ts";
import type { HistoryChange } from "./replay-narrowing.ts";

/** A change is written a moment after its entry, so entries of this time before the copy count too, in ms. */
const MARGIN = 60_000;

/**
 * Returns the changes in a table's history since a time, from the oldest to the newest. Leaves out those that failed.
 *
 * @param since in ms since 1970
 */
export function readChanges(items: readonly Item[], since: number): HistoryChange[] {
  const entries = items.filter(({ pk }) => String(pk).startsWith(AUDIT_PREFIX));
  const from = new Date(since - MARGIN).toISOString();
  return readAudit(entries)
    .filter(({ when, outcome }) => when >= from && !outcome.startsWith("failed"))
    .map(({ tenant, issuer, when, what, outcome, change }) => ({
      ...{ tenant, issuer, when, what },
      change,
      isDone: outcome !== "begun",
    }));
}
