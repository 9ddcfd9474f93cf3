import type { IssuerName } from "../../core/model/ids.ts";
import type { Item } from "../../core/model/items.ts";
import { fetchKeys } from "./fetch-keys.ts";
import type { GetJson } from "./https-getter.ts";
import { type IssuerKeys, issuerKeys } from "./issuer-keys.ts";
import { readPersistedJwks } from "./persisted-keys.ts";
import type { TrustConfig } from "./trust-config.ts";

/** The keys of every configured issuer. */
export type KeySets = ReadonlyMap<IssuerName, IssuerKeys>;

/** The stored item of an issuer's keys. */
export type ReadKeysItem = (issuer: IssuerName) => Promise<Item | undefined>;

/** Nothing is fetched before a token asks for it, and nothing stored is read before an issuer has failed, unless stored keys are to come first. */
export function keySets(
  trust: TrustConfig,
  get: GetJson,
  now: () => number,
  readItem: ReadKeysItem | null,
  onRefresh?: (failed: boolean) => void,
): KeySets {
  const [stale, storedFirst] = [trust.keysStaleSeconds * 1_000, trust.storedKeysSeconds * 1_000];
  const keysOf = trust.issuers.map((issuer) => {
    const fetch = () => fetchKeys(issuer, get, trust.local);
    const stored = readItem ? async () => readPersistedJwks(await readItem(issuer.name), issuer) : undefined;
    const options = { issuer: issuer.name, fetch, stored, storedFirst, stale, now, onRefresh };
    return [issuer.name, issuerKeys(options)] as const;
  });
  return new Map(keysOf);
}
