import type { Caller } from "../../core/decision/caller.ts";
import {
  type MembershipState,
  membershipKeys,
  readMembershipState,
} from "../../core/decision/memberships.ts";
import { issuerOf, type StoredPermissions, type UsageKeyItem } from "../../core/decision/permissions.ts";
import { readUsageKey, settledKey, USAGE_KEY_SORT_KEY } from "../../core/decision/usage-plan.ts";
import type { IssuerName } from "../../core/model/ids.ts";
import {
  ISSUERS_KEY,
  type IssuerSwitch,
  type IssuerSwitches,
  readIssuerSwitches,
} from "../../core/model/issuer-switch.ts";
import {
  type Catalogue,
  type IssuerItem,
  type Item,
  readCatalogue,
  readGeneration,
  readTenant,
  TENANT_SORT_KEY,
  type TenantItem,
  tenantKey,
} from "../../core/model/items.ts";
import { singleFlight } from "../cache/single-flight.ts";
import {
  type ReadOrServe,
  readOrServe,
  type Served,
  type StaleCacheLimits,
  servedFresh,
  staleCache,
} from "../cache/stale-reads.ts";
import { KEYS_KEY } from "../jwt/persisted-keys.ts";
import { type ItemKey, type ItemReader, READ_DEADLINE } from "./dynamodb-reader.ts";

/** The permissions table with its caches. Items younger than the TTL are not read again. */
export interface PermissionsTable {
  /** Returns roles, plans and issuers. @throws InternalError when it cannot be read or is malformed */
  catalogue(): Promise<Catalogue>;
  /** Returns what a decision about a caller needs. @throws InternalError when it cannot be read or is malformed */
  load(caller: Caller): Promise<LoadedPermissions>;
  /** Returns the item of a persisted JWKS by its sort key, without caching it. @throws InternalError `table_unreachable` */
  persistedJwks(sortKey: string): Promise<Item | undefined>;
  /** How long items are cached, and how much longer they may be served while the table cannot be read, in ms. */
  readonly ages: { readonly ttl: number; readonly stale: number };
  /** Returns an item by its key, without caching it. @throws InternalError `table_unreachable` */
  item(key: ItemKey): Promise<Item | undefined>;
  /**
   * Returns an issuer's kill switch; undefined if it has none.
   *
   * @throws InternalError when the switches cannot be read, or the issuer's is malformed
   */
  issuerSwitch(issuer: IssuerName): Promise<IssuerSwitch | undefined>;
  /** Starts to read the catalogue and the kill switches, and ignores a failure: the next request reads it again. */
  warmUp(): void;
}

/** What one decision reads. */
export interface LoadedPermissions extends StoredPermissions {
  /** Whether any part is older than it should be, because the table could not be read. */
  readonly stale: boolean;
  /** Whether all of it came from the caches and was younger than the TTL. */
  readonly cached: boolean;
}

/** What a permissions table needs. */
export interface PermissionsTableOptions {
  readonly reader: ItemReader;
  /** The TTL of the caches, in seconds. */
  readonly ttlSeconds: number;
  /** How much longer a value may be served while the table cannot be read, in seconds; the default 0 disables this. */
  readonly staleSeconds?: number;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
  /** Whether tenants can have their own API keys, which are then read with the tenants. */
  readonly tenantKeys?: boolean;
}

/** The most that all cached tenants take, in bytes. */
export const TENANT_CACHE_BYTES = 16 * 1_024 * 1_024;
/** The most that all cached memberships and revocations take, in bytes. */
export const CALLER_CACHE_BYTES = 8 * 1_024 * 1_024;
/** How much more memory an item takes as parsed objects than as JSON. */
const PARSED_FACTOR = 4;
/** DynamoDB rejects longer keys, so no item has a longer one. */
const MAX_PK_BYTES = 2_048;
const MAX_SK_BYTES = 1_024;

/**
 * Creates a permissions table with its caches.
 *
 * @example
 * import type { ItemReader } from "./dynamodb-reader.ts";
 * import { permissionsTable } from "./permissions-table.ts";
 *
 * export const createTable = (reader: ItemReader) => permissionsTable({ reader, ttlSeconds: 30, now: Date.now });
 */
export function permissionsTable({
  reader,
  ttlSeconds,
  staleSeconds = 0,
  now,
  tenantKeys = false,
}: PermissionsTableOptions): PermissionsTable {
  const reads: TableReads = { reader, now, serve: readOrServe(now) };
  const ages = { ttl: ttlSeconds * 1_000, stale: staleSeconds * 1_000, now };
  const readCached = cachedPartition(reads, ages, async () => readCatalogue(await reader.catalogue()));
  const readSwitches = cachedPartition<IssuerSwitches>(reads, ages, async () =>
    readIssuerSwitches((await reader.catalogue(ISSUERS_KEY)).filter(({ pk }) => pk === ISSUERS_KEY)),
  );
  const readItems = cachedItems(reads, ages, tenantKeys);
  const readItem = async (key: ItemKey) => (await reader.items([key])).find(hasKey(key));
  return {
    catalogue: async () => (await readCached()).value,
    async load(caller) {
      const shared = await readCached();
      const issuer = issuerOf(caller, shared.value) ?? undefined;
      const items = await readItems(caller, issuer);
      const revokedClients = issuer && (await readSwitches()).value.get(issuer.name)?.revokedClients;
      const { memberships, revocations } = items.value;
      const { tenant, usageKey, generation } =
        items.value.tenant?.id === caller.tenant ? items.value : NO_TENANT;
      return {
        catalogue: shared.value,
        tenant,
        usageKey: settledKey(usageKey, now()),
        membershipState: { at: now() / 1_000, generation, memberships, revocations, revokedClients },
        stale: shared.stale || items.stale,
        cached: shared.cached && items.cached,
      };
    },
    ages,
    item: readItem,
    persistedJwks: (sk) => readItem({ pk: KEYS_KEY, sk }),
    issuerSwitch: async (issuer) => (await readSwitches()).value.get(issuer),
    warmUp() {
      for (const read of [readCached, readSwitches]) Promise.resolve(read()).catch(() => undefined);
    },
  };
}

/** How the table is read. */
interface TableReads {
  readonly reader: ItemReader;
  readonly now: () => number;
  readonly serve: ReadOrServe;
}

type CacheAges = Pick<StaleCacheLimits<unknown>, "ttl" | "stale" | "now">;

/**
 * Caches a whole partition, such as the catalogue: one entry, whose size the table's owner bounds, and which is never
 * evicted.
 */
function cachedPartition<V extends object>(
  { now, serve }: TableReads,
  ages: CacheAges,
  readNow: () => Promise<V>,
): () => Served<V> | Promise<Served<V>> {
  const once = singleFlight<V>(READ_DEADLINE, now);
  const cache = staleCache<V>({ maxBytes: Number.POSITIVE_INFINITY, sizeOf: () => 0, ...ages });
  const read = async (): Promise<V> => {
    const since = now();
    const value = await readNow();
    cache.set("", value, since);
    return value;
  };
  return () => {
    const fresh = cache.fresh("");
    return fresh === undefined ? serve(cache.any(""), () => once("", read)) : servedFresh(fresh);
  };
}

/** A tenant, and its own API key if it has one. */
interface TenantEntry {
  readonly tenant: TenantItem | undefined;
  readonly usageKey: UsageKeyItem | undefined;
  /** The tenant's generation; null without a tenant. */
  readonly generation: string | null;
  readonly bytes: number;
}

/** What a caller gets whose tenant is not in the table, or only in another spelling. */
const NO_TENANT: Omit<TenantEntry, "bytes"> = { tenant: undefined, usageKey: undefined, generation: null };

/** A caller's memberships and revocations in one tenant. */
interface CallerEntry extends Pick<MembershipState, "memberships" | "revocations"> {
  readonly bytes: number;
}

type DecisionItems = Omit<TenantEntry, "bytes"> & Pick<CallerEntry, "memberships" | "revocations">;

/**
 * Reads every item of a decision in one round trip, each by a key that results from the caller; what is cached is
 * not read again. A tenant that the table lacks is not cached, because sign-up may write it the next moment.
 */
function cachedItems({ reader, now, serve }: TableReads, ages: CacheAges, tenantKeys: boolean) {
  const once = singleFlight<{ items: readonly Item[]; since: number }>(READ_DEADLINE, now);
  const sizeOf = ({ bytes }: { bytes: number }): number => bytes;
  const tenants = staleCache<TenantEntry>({ maxBytes: TENANT_CACHE_BYTES, sizeOf, ...ages });
  const callers = staleCache<CallerEntry>({ maxBytes: CALLER_CACHE_BYTES, sizeOf, ...ages });
  const tenantSorts = tenantKeys ? [TENANT_SORT_KEY, USAGE_KEY_SORT_KEY] : [TENANT_SORT_KEY];
  return async (caller: Caller, issuer: IssuerItem | undefined): Promise<Served<DecisionItems>> => {
    const pk = tenantKey(caller.tenant);
    const callerSorts = membershipKeys(caller, issuer);
    const callerKey = JSON.stringify([pk, ...callerSorts]);
    const [tenant, own] = [tenants.fresh(pk), callers.fresh(callerKey)];
    if (tenant !== undefined && own !== undefined) return servedFresh({ ...tenant, ...own });
    const sorts = [...(tenant === undefined ? tenantSorts : []), ...(own === undefined ? callerSorts : [])];
    const old = both(tenants.any(pk), callers.any(callerKey));
    return serve(old, async () => {
      const { items, since } = await once(JSON.stringify([pk, ...sorts]), async () => {
        const since = now();
        return { items: await readAll(reader, pk, sorts), since };
      });
      const tenantNow = tenant ?? readTenantEntry(pk, items);
      const ownNow = own ?? readCallerEntry(pk, callerSorts, items);
      if (tenantNow.tenant === undefined) tenants.delete(pk);
      else if (tenant === undefined) tenants.set(pk, tenantNow, since);
      if (own === undefined) callers.set(callerKey, ownNow, since);
      return { ...tenantNow, ...ownNow };
    });
  };
}

/** Returns both or nothing: without a caller's revocations it is not known whether the caller is revoked. */
function both(tenant: TenantEntry | undefined, own: CallerEntry | undefined): DecisionItems | undefined {
  return tenant === undefined || own === undefined ? undefined : { ...tenant, ...own };
}

function readTenantEntry(pk: string, items: readonly Item[]): TenantEntry {
  const tenant = items.find(hasKey({ pk, sk: TENANT_SORT_KEY }));
  const usageKey = items.find(hasKey({ pk, sk: USAGE_KEY_SORT_KEY }));
  return {
    tenant: tenant && readTenant(tenant),
    usageKey: usageKey && readUsageKey(usageKey),
    generation: tenant === undefined ? null : readGeneration(tenant),
    bytes: parsedBytes([tenant, usageKey]),
  };
}

function readCallerEntry(pk: string, sorts: readonly string[], items: readonly Item[]): CallerEntry {
  const own = items.filter((item) => sorts.some((sk) => hasKey({ pk, sk })(item)));
  return { ...readMembershipState(own), bytes: parsedBytes(own) };
}

const parsedBytes = (items: readonly (Item | undefined)[]): number =>
  PARSED_FACTOR * JSON.stringify(items).length;

/** Leaves out keys that no item can have, because DynamoDB would reject the whole request. */
function readAll(reader: ItemReader, pk: string, sorts: readonly string[]): Promise<readonly Item[]> {
  const possible =
    Buffer.byteLength(pk) > MAX_PK_BYTES ? [] : sorts.filter((sk) => Buffer.byteLength(sk) <= MAX_SK_BYTES);
  return possible.length === 0 ? Promise.resolve([]) : reader.items(possible.map((sk) => ({ pk, sk })));
}

const hasKey =
  ({ pk, sk }: ItemKey) =>
  (item: Item): boolean =>
    item["pk"] === pk && item["sk"] === sk;
