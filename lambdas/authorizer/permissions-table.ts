import type { StoredPermissions } from "../../core/authorize.ts";
import type { Caller } from "../../core/caller.ts";
import type { TenantId } from "../../core/ids.ts";
import {
  type Catalogue,
  readCatalogue,
  readTenant,
  TENANT_SORT_KEY,
  type TenantItem,
  tenantKey,
} from "../../core/items.ts";
import { boundedCache } from "./bounded-cache.ts";
import { type ItemKey, type ItemReader, READ_DEADLINE } from "./dynamodb-reader.ts";
import { singleFlight } from "./single-flight.ts";

/** The permissions table with a memory: what is young enough is not read again. */
export interface PermissionsTable {
  /** @throws UnavailableError */
  catalogue(): Promise<Catalogue>;
  /** @throws UnavailableError */
  load(caller: Caller): Promise<StoredPermissions>;
  /** Begins to read the catalogue; a failure is the next request's to find. */
  warmUp(): void;
}

export interface PermissionsTableOptions {
  readonly reader: ItemReader;
  /** How old what is remembered may be. */
  readonly ttlSeconds: number;
  /** The time in ms since 1970. */
  readonly now: () => number;
}

const TENANTS = 2_000;
/** DynamoDB refuses longer partition keys, so no tenant has one. */
const MAX_KEY_BYTES = 2_048;

export function permissionsTable({ reader, ttlSeconds, now }: PermissionsTableOptions): PermissionsTable {
  const ttl = ttlSeconds * 1_000;
  const catalogue = rememberedCatalogue(reader, ttl, now);
  const tenant = rememberedTenants(reader, ttl, now);
  return {
    catalogue,
    async load(caller) {
      const [shared, own] = await Promise.all([catalogue(), tenant(caller)]);
      return { catalogue: shared, tenant: own };
    },
    warmUp() {
      catalogue().catch(() => undefined);
    },
  };
}

function rememberedCatalogue(reader: ItemReader, ttl: number, now: () => number): () => Promise<Catalogue> {
  const once = singleFlight<Catalogue>(READ_DEADLINE, now);
  const known = boundedCache<Catalogue>({ capacity: 1, ttl, now });
  const read = async (): Promise<Catalogue> => {
    const since = now();
    const catalogue = readCatalogue(await reader.catalogue());
    known.set("", catalogue, since);
    return catalogue;
  };
  return async () => known.get("") ?? once("", read);
}

/** A tenant that the table lacks is not remembered: sign-up may write it the next moment. */
function rememberedTenants(
  reader: ItemReader,
  ttl: number,
  now: () => number,
): (caller: Caller) => Promise<TenantItem | undefined> {
  const once = singleFlight<TenantItem | undefined>(READ_DEADLINE, now);
  const known = boundedCache<TenantItem>({ capacity: TENANTS, ttl, now });
  const read = async (caller: Caller): Promise<TenantItem | undefined> => {
    const since = now();
    const tenant = await readOne(reader, caller);
    if (tenant !== undefined) known.set(caller.tenant, tenant, since);
    return tenant;
  };
  return async (caller) => known.get(caller.tenant) ?? once(caller.tenant, () => read(caller));
}

/** One round trip for every item of a decision, each by a key that comes of the caller. */
async function readOne(reader: ItemReader, { tenant }: Caller): Promise<TenantItem | undefined> {
  const key = tenantItemKey(tenant);
  if (Buffer.byteLength(key.pk) > MAX_KEY_BYTES) return undefined;
  const items = await reader.items([key]);
  const item = items.find((found) => found["pk"] === key.pk && found["sk"] === key.sk);
  return item && readTenant(item);
}

const tenantItemKey = (tenant: TenantId): ItemKey => ({ pk: tenantKey(tenant), sk: TENANT_SORT_KEY });
