import type { IssuerName } from "../../core/model/ids.ts";
import type { Item } from "../../core/model/items.ts";
import { keyFetcher } from "./fetch-keys.ts";
import type { GetJson } from "./https-getter.ts";
import type { IssuerConfig } from "./issuer-config.ts";
import type { GetterOf } from "./issuer-getter.ts";
import { type IssuerKeys, issuerKeys } from "./issuer-keys.ts";
import { readPersistedJwks } from "./persisted-keys.ts";
import type { TrustConfig } from "./trust-config.ts";

/** The keys of every configured issuer. */
export type KeySets = ReadonlyMap<IssuerName, IssuerKeys>;

/** Reads the item of a persisted JWKS by its sort key. @throws InternalError when the table cannot be read */
export type ReadKeysItem = (sortKey: string) => Promise<Item | undefined>;

/**
 * Creates the key cache of every issuer. Keys are fetched when the first token needs them; the persisted JWKS is
 * read when the issuer cannot be reached.
 *
 * @param now returns the time in ms since 1970
 * @param readItem null when there is no table to read a persisted JWKS from
 * @param onRefresh is called after every attempt to fetch keys
 */
export function keySets(
  trust: TrustConfig,
  getterOf: GetterOf,
  now: () => number,
  readItem: ReadKeysItem | null,
  onRefresh?: (failed: boolean) => void,
): KeySets {
  const create = keysCreator(trust, now, readItem, onRefresh);
  return new Map(trust.issuers.map((issuer) => [issuer.name, create(issuer, getterOf(issuer))] as const));
}

/** Creates the key cache of one issuer. @param sortKey that of its persisted JWKS; by default its name */
export type CreateKeys = (issuer: IssuerConfig, get: GetJson, sortKey?: string) => IssuerKeys;

/** Creates a function that creates key caches as {@link keySets} does. */
export function keysCreator(
  trust: Pick<TrustConfig, "keysStaleSeconds" | "keysTimeoutSeconds" | "local">,
  now: () => number,
  readItem: ReadKeysItem | null,
  onRefresh?: (failed: boolean) => void,
): CreateKeys {
  const stale = trust.keysStaleSeconds * 1_000;
  const timeout = trust.keysTimeoutSeconds * 1_000;
  return (issuer, get, sortKey = issuer.name) => {
    const fetch = keyFetcher(issuer, get, trust.local, timeout);
    const persisted = readItem ? async () => readPersistedJwks(await readItem(sortKey), issuer) : undefined;
    return issuerKeys({ issuer: issuer.name, fetch, persisted, stale, timeout, now, onRefresh });
  };
}
