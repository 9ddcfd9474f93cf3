import { ISSUERS_KEY } from "../../core/model/issuer-switch.ts";
import {
  ITEM_VERSION,
  type Item,
  TENANT_SORT_KEY,
  tenantKey,
  withoutUndefined,
} from "../../core/model/items.ts";
import { RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import type { RunTimeItems } from "../../core/policy-files/simulate/run-time-state.ts";
import { type SingleChange, singleChanges } from "../../runtime/table/recorded-change.ts";
import type { AuditEntry } from "../../runtime/table/tenant-store.ts";
import { mergeDirectories } from "../../runtime/table/tenants.ts";

/** The run-time items of a time, and what cannot be known of them. */
export interface ReviewState extends RunTimeItems {
  readonly notes: readonly string[];
}

/** The generation of every tenant of a reconstructed state: what an earlier tenant had is left out instead. */
const GENERATION = "reconstructed";

interface PastTenant {
  item: Item | undefined;
  /** By sort key, then by role. */
  readonly members: Map<string, Map<string, Item>>;
}

/**
 * Reconstructs the run-time tenants and memberships of an earlier time from the history: applies every change up to then,
 * in order, to an empty table.
 *
 * @param history from the oldest to the newest
 * @param at in seconds since 1970
 */
export function pastState(
  history: readonly AuditEntry[],
  fileTenants: Iterable<string>,
  at: number,
): ReviewState {
  const until = new Date(at * 1_000).toISOString();
  const entries = history.filter(({ when, tenant }) => when <= until && tenant !== undefined);
  const tenants = new Map<string, PastTenant>();
  for (const entry of entries)
    if (entry.change !== undefined && !entry.outcome.startsWith("failed"))
      for (const change of singleChanges(entry.change)) apply(tenants, entry.tenant ?? "", change, entry);
  const items = [...tenants].flatMap(([pk, { item, members }]) => [
    ...(item === undefined ? [] : [{ ...item, pk, sk: TENANT_SORT_KEY }]),
    ...[...members].map(([sk, roles]) => ({ pk, sk, roles: [...roles.values()] })),
  ]);
  const partitions = [
    ...items.filter(({ sk }) => sk === TENANT_SORT_KEY).map(({ pk }) => pk),
    ...[...fileTenants].map(tenantKey),
  ];
  const stamp = { v: ITEM_VERSION, owner: RUNTIME_OWNER, hash: "", generation: GENERATION };
  return {
    items: items.map((item) => ({ ...withoutUndefined(item), ...stamp })),
    generations: new Map(partitions.map((pk) => [pk, GENERATION])),
    switches: [],
    directories: [],
    notes: pastNotes(entries, until),
  };
}

function pastNotes(entries: readonly AuditEntry[], until: string): string[] {
  const count = (test: (entry: AuditEntry) => boolean): number => entries.filter(test).length;
  const begun = count(({ outcome }) => outcome === "begun");
  const without = count(({ change, outcome }) => change === undefined && !outcome.startsWith("failed"));
  const [first] = entries;
  return [
    first === undefined
      ? `The history has no change before ${until}: memberships that are older than the history are not known`
      : `Memberships and run-time tenants are those of the history since ${first.when}: what was written before it, by hand or by a restore is not known`,
    "Revocations and kill switches of that time are not part of this review: npx portcullis history has them",
    ...(begun === 0
      ? []
      : [
          `${begun} of these changes began, and it is not known whether they were completed; they count as done`,
        ]),
    ...(without === 0
      ? []
      : [`${without} of these changes were recorded by an earlier version, and do not count`]),
  ];
}

function apply(tenants: Map<string, PastTenant>, id: string, change: SingleChange, entry: AuditEntry): void {
  const pk = tenantKey(id);
  const found = tenants.get(pk) ?? { item: undefined, members: new Map() };
  tenants.set(pk, found);
  switch (change.kind) {
    case "put-tenant":
      found.item = putTenant(found.item ?? { id, status: "active" }, change);
      break;
    case "suspend-tenant":
    case "reinstate-tenant":
      if (found.item !== undefined)
        found.item = { ...found.item, status: change.kind === "suspend-tenant" ? "suspended" : "active" };
      break;
    case "remove-tenant":
      tenants.delete(pk);
      break;
    case "grant": {
      const roles = found.members.get(change.sk) ?? new Map<string, Item>();
      const reason = change.reason ?? (entry.why === "" ? undefined : entry.why);
      roles.set(change.role, withoutUndefined({ role: change.role, until: change.until, reason }));
      found.members.set(change.sk, roles);
      break;
    }
    case "ungrant":
      if (change.role === undefined) found.members.delete(change.sk);
      else found.members.get(change.sk)?.delete(change.role);
      break;
    default:
  }
}

function putTenant(item: Item, change: Extract<SingleChange, { readonly kind: "put-tenant" }>): Item {
  const { status, plan, issuers, directories, rules } = change;
  return {
    ...item,
    ...(status !== undefined && { status }),
    ...(plan !== undefined && { plan }),
    ...(issuers !== undefined && { issuers: issuers ?? undefined }),
    directories: mergeDirectories(item["directories"], directories),
    ...(rules !== undefined && {
      changes: undefined,
      never: undefined,
      roles: undefined,
      clients: undefined,
      ...rules,
    }),
  };
}

/** Returns what cannot be known of the state of now. */
export const presentNotes = ({ switches }: RunTimeItems): string[] =>
  switches.some(({ pk }) => pk === ISSUERS_KEY)
    ? ["Kill switches of issuers count; denied keys do not: npx portcullis issuer list has them"]
    : [];
