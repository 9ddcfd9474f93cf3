import type { Caller } from "../../core/decision/caller.ts";
import {
  type MembershipState,
  membershipKeys,
  readMembershipState,
} from "../../core/decision/memberships.ts";
import type { StoredPermissions, UsageKeyItem } from "../../core/decision/permissions.ts";
import { readUsageKey, USAGE_KEY_SORT_KEY } from "../../core/decision/usage-plan.ts";
import type { IssuerName } from "../../core/model/ids.ts";
import {
  type Catalogue,
  type IssuerItem,
  type Item,
  readCatalogue,
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

/** The permissions table with a memory: what is young enough is not read again. */
export interface PermissionsTable {
  /** @throws UnavailableError */
  catalogue(): Promise<Catalogue>;
  /** @throws UnavailableError */
  load(caller: Caller): Promise<LoadedPermissions>;
  /** The item of an issuer's stored keys; not remembered. @throws UnavailableError */
  persistedJwks(issuer: IssuerName): Promise<Item | undefined>;
  /** Begins to read the catalogue; a failure is the next request's to find. */
  warmUp(): void;
}

/** What one decision reads. */
export interface LoadedPermissions extends StoredPermissions {
  /** Whether any of it is older than it should be. */
  readonly stale: boolean;
  /** Whether all of it was remembered and young. */
  readonly cached: boolean;
  /** Whether the very same would be loaded now, without a read. */
  isCurrent(): boolean;
}

export interface PermissionsTableOptions {
  readonly reader: ItemReader;
  /** How old what is remembered may be. */
  readonly ttlSeconds: number;
  /** How much older where the table cannot be read; 0, the default: then there is no decision. */
  readonly staleSeconds?: number;
  /** The time in ms since 1970. */
  readonly now: () => number;
  /** Whether tenants can have API keys of their own, which are then read with them. */
  readonly tenantKeys?: boolean;
}

/** As many tenants and callers an execution environment remembers. */
export const TENANTS = 2_000;
export const CALLERS = 5_000;
/** DynamoDB refuses longer keys, so no item has one. */
const MAX_PK_BYTES = 2_048;
const MAX_SK_BYTES = 1_024;

export function permissionsTable({
  reader,
  ttlSeconds,
  staleSeconds = 0,
  now,
  tenantKeys = false,
}: PermissionsTableOptions): PermissionsTable {
  const reading: Reading = { reader, now, serve: readOrServe(now) };
  const limits = { ttl: ttlSeconds * 1_000, stale: staleSeconds * 1_000, now };
  const catalogue = rememberedCatalogue(reading, limits);
  const items = rememberedItems(reading, limits, tenantKeys);
  return {
    catalogue: async () => (await catalogue.read()).value,
    async load(caller) {
      const shared = await catalogue.read();
      const issuer = caller.issuer === null ? undefined : shared.value.issuers.get(caller.issuer);
      const own = await items(caller, issuer);
      const { value } = own;
      const { memberships, revocations } = value.membershipState;
      const membershipState = { at: now() / 1_000, memberships, revocations };
      const stale = shared.stale || own.stale;
      const cached = shared.cached && own.cached;
      const holds = (): boolean => !stale && catalogue.holds(shared.value) && value.holds();
      const { tenant, usageKey } = value;
      return { catalogue: shared.value, tenant, usageKey, membershipState, stale, cached, isCurrent: holds };
    },
    async persistedJwks(issuer) {
      const key = { pk: KEYS_KEY, sk: issuer };
      return (await reader.items([key])).find(hasKey(key));
    },
    warmUp() {
      catalogue.read().catch(() => undefined);
    },
  };
}

/** How the table is read. */
interface Reading {
  readonly reader: ItemReader;
  readonly now: () => number;
  readonly serve: ReadOrServe;
}

type Ages = Omit<StaleCacheLimits, "capacity">;

function rememberedCatalogue({ reader, now, serve }: Reading, ages: Ages) {
  const once = singleFlight<Catalogue>(READ_DEADLINE, now);
  const known = staleCache<Catalogue>({ capacity: 1, ...ages });
  const read = async (): Promise<Catalogue> => {
    const since = now();
    const catalogue = readCatalogue(await reader.catalogue());
    known.set("", catalogue, since);
    return catalogue;
  };
  return {
    holds: (catalogue: Catalogue): boolean => known.fresh("") === catalogue,
    async read(): Promise<Served<Catalogue>> {
      const value = known.fresh("");
      if (value !== undefined) return servedFresh(value);
      return serve(known.any(""), () => once("", read));
    },
  };
}

/** A tenant, and its own API key where it has one. */
interface KnownTenant {
  readonly tenant: TenantItem | undefined;
  readonly usageKey?: UsageKeyItem | undefined;
}

/** What is remembered of one caller, tenant and people each with its own age. */
interface Remembered extends KnownTenant {
  readonly membershipState: Pick<MembershipState, "memberships" | "revocations">;
  /** Whether it is still what is remembered, and young. */
  holds(): boolean;
}

interface Read {
  readonly items: readonly Item[];
  /** When it began, in ms. */
  readonly since: number;
}

/**
 * One round trip for every item of a decision, each by a key that comes of the caller; what is young enough is
 * not asked for. A tenant that the table lacks is not remembered: sign-up may write it the next moment.
 */
function rememberedItems({ reader, now, serve }: Reading, ages: Ages, tenantKeys: boolean) {
  const once = singleFlight<Read>(READ_DEADLINE, now);
  const tenants = staleCache<KnownTenant>({ capacity: TENANTS, ...ages });
  const callers = staleCache<Remembered["membershipState"]>({ capacity: CALLERS, ...ages });
  const tenantSorts = tenantKeys ? [TENANT_SORT_KEY, USAGE_KEY_SORT_KEY] : [TENANT_SORT_KEY];
  return async (caller: Caller, issuer: IssuerItem | undefined): Promise<Served<Remembered>> => {
    const pk = tenantKey(caller.tenant);
    const sorts = membershipKeys(caller, issuer);
    const name = JSON.stringify([pk, ...sorts]);
    const [tenant, membershipState] = [tenants.fresh(caller.tenant), callers.fresh(name)];
    const holds = (tenant: KnownTenant, membershipState: Remembered["membershipState"]) => (): boolean =>
      tenants.fresh(caller.tenant) === tenant && callers.fresh(name) === membershipState;
    if (tenant !== undefined && membershipState !== undefined)
      return servedFresh({
        tenant: tenant.tenant,
        usageKey: tenant.usageKey,
        membershipState,
        holds: holds(tenant, membershipState),
      });
    const asked = [
      ...(tenant === undefined ? tenantSorts : []),
      ...(membershipState === undefined ? sorts : []),
    ];
    return serve(remembered(tenants.any(caller.tenant), callers.any(name)), async () => {
      const { items, since } = await once(JSON.stringify([pk, ...asked]), async () => {
        const since = now();
        return { items: await readAll(reader, pk, asked), since };
      });
      const known = tenant ?? knownTenant(pk, items);
      const read =
        membershipState ??
        readMembershipState(items.filter((item) => sorts.some((sk) => hasKey({ pk, sk })(item))));
      if (known.tenant === undefined) tenants.delete(caller.tenant);
      else if (tenant === undefined) tenants.set(caller.tenant, known, since);
      if (membershipState === undefined) callers.set(name, read, since);
      return {
        tenant: known.tenant,
        usageKey: known.usageKey,
        membershipState: read,
        holds: holds(known, read),
      };
    });
  };
}

/** All of it or nothing: without a caller's revocations nobody knows whether the caller is revoked. */
function remembered(
  tenant: KnownTenant | undefined,
  membershipState: Remembered["membershipState"] | undefined,
): Remembered | undefined {
  return tenant === undefined || membershipState === undefined
    ? undefined
    : { ...tenant, membershipState, holds: () => false };
}

function knownTenant(pk: string, items: readonly Item[]): KnownTenant {
  const tenant = items.find(hasKey({ pk, sk: TENANT_SORT_KEY }));
  const usageKey = items.find(hasKey({ pk, sk: USAGE_KEY_SORT_KEY }));
  return { tenant: tenant && readTenant(tenant), usageKey: usageKey && readUsageKey(usageKey) };
}

/** Keys that no item can have are not asked for: DynamoDB would refuse the whole request. */
function readAll(reader: ItemReader, pk: string, sorts: readonly string[]): Promise<readonly Item[]> {
  const possible =
    Buffer.byteLength(pk) > MAX_PK_BYTES ? [] : sorts.filter((sk) => Buffer.byteLength(sk) <= MAX_SK_BYTES);
  return possible.length === 0 ? Promise.resolve([]) : reader.items(possible.map((sk) => ({ pk, sk })));
}

const hasKey =
  ({ pk, sk }: ItemKey) =>
  (item: Item): boolean =>
    item["pk"] === pk && item["sk"] === sk;
