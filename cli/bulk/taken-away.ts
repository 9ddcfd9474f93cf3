import { type SingleChange, singleChanges } from "../../runtime/table/recorded-change.ts";
import type { AuditEntry } from "../../runtime/table/store.ts";

/** What the history of a tenant says was taken away, and was not given again since. */
export interface TakenAway {
  /** The removal of the tenant. */
  readonly tenant: AuditEntry | undefined;
  /** Returns the removal of a role, or of the tenant in which a person or a client had it. */
  role(sk: string, role: string): AuditEntry | undefined;
}

/** Stands for every role. */
const EVERY_ROLE = "";

/**
 * Reads a tenant's history. What may be done counts as done if it takes access, and as not done if it gives access.
 *
 * @param entries from the oldest to the newest
 */
export function readTakenAway(entries: readonly AuditEntry[]): TakenAway {
  /** The last removal of each role, by sort key and role; undefined if the role was given again. */
  const removed = new Map<string, Map<string, AuditEntry | undefined>>();
  const given = new Set<string>();
  let tenant: AuditEntry | undefined;
  const apply = (entry: AuditEntry, change: SingleChange): void => {
    const isDone = entry.outcome !== "begun";
    if (change.kind === "put-tenant" && isDone) tenant = undefined;
    else if (change.kind === "remove-tenant") {
      tenant = entry;
      for (const sk of given) removed.set(sk, new Map([[EVERY_ROLE, entry]]));
    } else if (change.kind === "ungrant") {
      const roles = change.role === undefined ? new Map() : (removed.get(change.sk) ?? new Map());
      removed.set(change.sk, roles.set(change.role ?? EVERY_ROLE, entry));
    } else if (change.kind === "grant") {
      given.add(change.sk);
      if (isDone) removed.get(change.sk)?.set(change.role, undefined);
    }
  };
  for (const entry of entries) {
    if (entry.outcome.startsWith("failed") || entry.change === undefined) continue;
    for (const change of singleChanges(entry.change)) apply(entry, change);
  }
  return {
    tenant,
    role(sk, role) {
      const roles = removed.get(sk);
      return roles?.has(role) ? roles.get(role) : roles?.get(EVERY_ROLE);
    },
  };
}
