import type { IssuerName } from "../../core/ids.ts";
import type { TrustConfig } from "./config.ts";
import { fetchKeys } from "./fetch-keys.ts";
import type { GetJson } from "./https-getter.ts";
import { type IssuerKeys, issuerKeys } from "./issuer-keys.ts";

/** The keys of every configured issuer. */
export type KeySets = ReadonlyMap<IssuerName, IssuerKeys>;

/** Nothing is fetched before a token asks for it. */
export function keySets(trust: TrustConfig, get: GetJson, now: () => number): KeySets {
  const stale = trust.keysStaleSeconds * 1_000;
  const keysOf = trust.issuers.map((issuer) => {
    const fetch = () => fetchKeys(issuer, get, trust.local);
    return [issuer.name, issuerKeys({ issuer: issuer.name, fetch, stale, now })] as const;
  });
  return new Map(keysOf);
}
