import { ISSUERS_KEY } from "../../core/model/issuer-switch.ts";
import { type Item, TENANT_SORT_KEY, tenantKey } from "../../core/model/items.ts";
import { itemKey, RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import { itemContent } from "../../core/policy-files/publish/item-state.ts";
import type { Comparison } from "../../core/policy-files/publish/narrowed-item.ts";
import { switchedClients } from "../../runtime/table/issuer-switches.ts";
import {
  type RecordedChange,
  type SingleChange,
  singleChanges,
} from "../../runtime/table/recorded-change.ts";
import { extendRevocation, withoutRevocation } from "../../runtime/table/revocations.ts";
import { type Key, stampRuntime } from "../../runtime/table/store.ts";
import { rulesOf } from "../../runtime/table/tenant-rules.ts";
import { mergeDirectories } from "../../runtime/table/tenants.ts";

/** A change of the history: of a tenant, or of an issuer. */
export interface HistoryChange {
  readonly tenant?: string | undefined;
  readonly issuer?: string | undefined;
  readonly when: string;
  readonly what: string;
  /** Undefined for an entry that has none. */
  readonly change: RecordedChange | undefined;
  /** Whether the change is known to be done. One that only began may be done. */
  readonly isDone: boolean;
}

export interface Replayed {
  /** The run-time items with what was narrowed since. */
  readonly items: readonly Item[];
  /** What was made again. */
  readonly again: readonly HistoryChange[];
  /** What gave access since, and was not made again. */
  readonly left: readonly HistoryChange[];
}

/**
 * Applies to the run-time items of an earlier time what the history has narrowed since. What gave access since is not
 * applied, because a restore may have to undo exactly that; but it lifts what was narrowed after the earlier time.
 *
 * @param items run-time items of the earlier time, and tenants of the policy files with their generations
 * @param changes from the oldest to the newest
 */
export function replayNarrowing(
  items: readonly Item[],
  changes: readonly HistoryChange[],
  comparison: Comparison | undefined,
): Replayed {
  const original = new Map(items.map((item) => [itemKey(item), item]));
  const table: Tables = { original, now: new Map(original), comparison };
  const [again, left]: [HistoryChange[], HistoryChange[]] = [[], []];
  for (const entry of changes) {
    const results = (entry.change === undefined ? [undefined] : singleChanges(entry.change)).map(
      (change) => ({
        isMade: change !== undefined && replay(table, entry, change),
        narrows: NARROWS.has(change?.kind),
      }),
    );
    if (results.some(({ isMade }) => isMade)) again.push(entry);
    if (results.some(({ isMade, narrows }) => !isMade && !narrows)) left.push(entry);
  }
  return { items: [...table.now.values()], again, left };
}

/** The kinds of changes that only take access. */
const NARROWS: ReadonlySet<SingleChange["kind"] | undefined> = new Set([
  "suspend-tenant",
  "remove-tenant",
  "revoke",
  "ungrant",
  "suspend-issuer",
  "deny-key",
  "revoke-client",
  // It changes the owner alone.
  "move-tenant",
] as const);

interface Tables {
  readonly original: ReadonlyMap<string, Item>;
  readonly now: Map<string, Item>;
  readonly comparison: Comparison | undefined;
}

/** Returns whether the change narrows, and was made again. */
function replay(table: Tables, entry: HistoryChange, change: SingleChange): boolean {
  if (entry.issuer !== undefined) return replaySwitch(table, entry.issuer, entry.isDone, change);
  const pk = tenantKey(entry.tenant ?? "");
  const tenant = { pk, sk: TENANT_SORT_KEY };
  switch (change.kind) {
    case "suspend-tenant":
      return edit(table, tenant, (item) => item && { ...item, status: "suspended" });
    case "remove-tenant":
      return removeTenant(table, pk);
    case "move-tenant":
      return change.to === "runtime" && moveToRuntime(table, tenant);
    case "put-tenant":
      return edit(table, tenant, (item) => item && narrowTenant(item, change, table.comparison));
    case "revoke":
      return edit(table, { pk, sk: change.sk }, (item) => revocation(table, tenant, change, item));
    case "ungrant":
      return edit(table, { pk, sk: change.sk }, (item) => withoutRole(item, change.role));
    case "grant":
      return shortenGrant(table, { pk, sk: change.sk }, entry.isDone, change);
    case "reinstate-tenant":
      return (
        entry.isDone &&
        lift(table, tenant, (item, first) => ({ ...item, status: first?.["status"] ?? "suspended" }))
      );
    case "undo-revocation":
      return (
        entry.isDone &&
        lift(table, { pk, sk: change.sk }, (item, first) => undone(item, first, change.client))
      );
    default:
      return false;
  }
}

/** Returns whether the change had an effect. */
function edit({ now }: Tables, key: Key, change: (item: Item | undefined) => Item | undefined): boolean {
  const name = itemKey(key);
  const before = now.get(name);
  // A tenant of the policy files changes only with its file.
  if (before !== undefined && before["owner"] !== RUNTIME_OWNER) return false;
  const after = change(before);
  if (after === before) return false;
  if (after === undefined) now.delete(name);
  else now.set(name, stampRuntime({ ...itemContent(after), ...keepGeneration(after), ...key }));
  return true;
}

/** Lifts a narrowing that was made after the earlier time, and never one that the earlier time had. */
function lift(
  table: Tables,
  key: Key,
  change: (item: Item, first: Item | undefined) => Item | undefined,
): false {
  const first = table.original.get(itemKey(key));
  edit(table, key, (item) => item && change(item, first));
  return false;
}

/** The generation is not part of an item's content, but stays. */
const keepGeneration = ({ generation }: Item): Item => (generation === undefined ? {} : { generation });

function removeTenant({ now }: Tables, pk: string): boolean {
  const own = [...now].filter(([, item]) => item["pk"] === pk && item["owner"] === RUNTIME_OWNER);
  for (const [key] of own) now.delete(key);
  return own.length > 0;
}

/**
 * Makes a tenant that the earlier time had in the policy files one of run time again, so that the next publish does not
 * delete it. What its roles were written as may not be what the earlier time had, so it is not restored.
 */
function moveToRuntime({ now }: Tables, key: Key): boolean {
  const item = now.get(itemKey(key));
  if (item === undefined || item["owner"] === RUNTIME_OWNER) return false;
  now.set(itemKey(key), stampRuntime({ ...itemContent(item), ...keepGeneration(item), ...key }));
  return true;
}

type Change<Kind extends SingleChange["kind"]> = Extract<SingleChange, { readonly kind: Kind }>;

/** Takes over a tenant's plan, issuers and status as far as they narrow. */
function narrowTenant(item: Item, change: Change<"put-tenant">, comparison: Comparison | undefined): Item {
  const { status, plan, issuers, directories } = change;
  const next: Item = {
    ...item,
    status: status === "suspended" ? status : item["status"],
    plan: plan ?? item["plan"],
    issuers: issuers === undefined ? item["issuers"] : (issuers ?? undefined),
    directories: mergeDirectories(item["directories"], directories),
    ...(change.rules !== undefined && { ...rulesOf(undefined), ...change.rules }),
  };
  if (comparison === undefined) return { ...item, status: "suspended" };
  const effect = comparison.tenantEffect(item, next);
  if (effect.kind === "narrows") return next;
  // What was written is not what an intersection allows, so it must not be compiled again.
  return effect.kind === "mixed"
    ? { ...effect.intersection, ...keepGeneration(item), rules: undefined }
    : item;
}

function revocation(
  { now }: Tables,
  tenant: Key,
  change: Change<"revoke">,
  item: Item | undefined,
): Item | undefined {
  const generation = now.get(itemKey(tenant))?.["generation"];
  return generation === undefined
    ? item
    : extendRevocation(item, {
        ...{ generation, before: change.before, client: change.client, until: change.until },
        ...{ by: "restore", now: 0 },
      });
}

/** Ends a revocation, of which the earlier time's part stays: of one client, or the rest of the item. */
function undone(item: Item, first: Item | undefined, client: string | undefined): Item | undefined {
  const left = withoutRevocation(item, client);
  const part = first && (client === undefined ? first : withoutRevocation(first, undefined));
  const clients = (part?.["clients"] ?? {}) as Readonly<Record<string, number>>;
  const until = client === undefined ? first?.["until"] : clients[client];
  if (typeof until !== "number") return left;
  const before = client === undefined ? (first?.["before"] as number | undefined) : undefined;
  return extendRevocation(left, {
    ...{ generation: item["generation"], before, client, until },
    ...{ by: "restore", now: 0 },
  });
}

interface StoredRole {
  readonly role: string;
  readonly until?: number;
}

const rolesOf = (item: Item | undefined): readonly StoredRole[] => (item?.["roles"] ?? []) as StoredRole[];

function withoutRole(item: Item | undefined, role: string | undefined): Item | undefined {
  const roles = role === undefined ? [] : rolesOf(item).filter((held) => held.role !== role);
  return item === undefined || roles.length === 0 ? undefined : { ...item, roles };
}

/** A grant since then gives nothing, but it can end a role that the earlier time had, and lift an `ungrant` of it. */
function shortenGrant(table: Tables, key: Key, isDone: boolean, { role, until }: Change<"grant">): boolean {
  const first = table.original.get(itemKey(key));
  const held = rolesOf(first).find((one) => one.role === role);
  if (held === undefined || first === undefined) return false;
  const item = table.now.get(itemKey(key));
  const present = rolesOf(item).find((one) => one.role === role) ?? (isDone ? held : undefined);
  if (present === undefined) return false;
  const end = Math.min(until ?? Number.POSITIVE_INFINITY, held.until ?? Number.POSITIVE_INFINITY);
  const kept = { ...held, ...(Number.isFinite(end) && { until: end }) };
  const others = rolesOf(item).filter((one) => one.role !== role);
  edit(table, key, () => ({ ...first, roles: [...others, kept].sort((a, b) => (a.role < b.role ? -1 : 1)) }));
  return until !== undefined;
}

function replaySwitch(table: Tables, name: string, isDone: boolean, change: SingleChange): boolean {
  const key = { pk: ISSUERS_KEY, sk: name };
  const first = table.original.get(itemKey(key));
  const denied = (item: Item | undefined): readonly string[] => (item?.["deniedKeys"] ?? []) as string[];
  const revoked = (item: Item | undefined): Record<string, number> => ({ ...(item?.["clients"] as object) });
  const set = (
    status: unknown,
    deniedKeys: readonly string[],
    clients = revoked(table.now.get(itemKey(key))),
  ): Item | undefined =>
    status !== "suspended" && deniedKeys.length === 0 && Object.keys(clients).length === 0
      ? undefined
      : {
          ...{ ...key, name, status: status ?? "active", deniedKeys: [...new Set(deniedKeys)].sort() },
          ...switchedClients(new Map(Object.entries(clients))),
        };
  switch (change.kind) {
    case "suspend-issuer":
      return edit(table, key, (item) => set("suspended", denied(item)));
    case "deny-key":
      return edit(table, key, (item) => set(item?.["status"], [...denied(item), change.kid]));
    case "revoke-client":
      return edit(table, key, (item) => {
        const ends = revoked(item);
        const until = Math.max(change.until, ends[change.client] ?? 0);
        return set(item?.["status"], denied(item), { ...ends, [change.client]: until });
      });
    case "undo-client":
      return (
        isDone &&
        lift(table, key, (item) => {
          const { [change.client]: _, ...others } = revoked(item);
          const { [change.client]: until } = revoked(first);
          return set(item["status"], denied(item), {
            ...others,
            ...(until !== undefined && { [change.client]: until }),
          });
        })
      );
    case "reinstate-issuer":
      return isDone && lift(table, key, (item) => set(first?.["status"], denied(item)));
    case "allow-key":
      return (
        isDone &&
        lift(table, key, (item) =>
          set(
            item["status"],
            denied(item).filter((kid) => kid !== change.kid || denied(first).includes(kid)),
          ),
        )
      );
    default:
      return false;
  }
}
