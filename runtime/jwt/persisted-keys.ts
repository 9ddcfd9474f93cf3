import type { JWK } from "jose";
import { ITEM_VERSION, type Item } from "../../core/model/items.ts";
import { usableKeys } from "./fetch-keys.ts";
import type { IssuerConfig } from "./issuer-config.ts";

/** The partition of the issuers' key sets, kept for the time when an issuer cannot be reached. */
export const KEYS_KEY = "KEYS";

/** Keys that an issuer had. */
export interface PersistedJwks {
  readonly keys: readonly JWK[];
  /** When the issuer was asked for them, in ms since 1970. */
  readonly fetchedAt: number;
}

/** The item of an issuer's key set. @param by who stored it */
export const persistedJwksItem = (
  { name, url }: Pick<IssuerConfig, "name" | "url">,
  { keys, fetchedAt }: PersistedJwks,
  by: string,
): Item => ({
  pk: KEYS_KEY,
  sk: name,
  v: ITEM_VERSION,
  owner: "runtime",
  url,
  keys: JSON.stringify(keys),
  at: Math.floor(fetchedAt / 1_000),
  by,
});

/** The keys in an item; undefined for one that is not of this version and this very issuer, or not as written. */
export function readPersistedJwks(
  item: Item | undefined,
  { url }: Pick<IssuerConfig, "url">,
): PersistedJwks | undefined {
  if (item === undefined || item["v"] !== ITEM_VERSION || item["url"] !== url) return undefined;
  const { keys: text, at } = item;
  if (typeof text !== "string" || typeof at !== "number" || !Number.isFinite(at)) return undefined;
  const keys = parseList(text);
  const usable = usableKeys(keys, { url });
  return usable.length === 0 ? undefined : { keys: usable, fetchedAt: at * 1_000 };
}

function parseList(text: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
