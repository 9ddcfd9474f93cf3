import type { JWK } from "jose";
import { ITEM_VERSION, type Item } from "../../core/model/items.ts";
import { parseJson } from "../../core/model/parse-json.ts";
import { usableKeys } from "./fetch-keys.ts";
import type { IssuerConfig } from "./issuer-config.ts";

/** The partition of the persisted JWKS, which are used while an issuer cannot be reached. */
export const KEYS_KEY = "KEYS";

/** An issuer's key set, as it was when it was fetched. */
export interface PersistedJwks {
  readonly keys: readonly JWK[];
  /** When the keys were fetched, in ms since 1970. */
  readonly fetchedAt: number;
}

/**
 * Returns the table item of an issuer's key set.
 *
 * @param by who stores it
 * @param sk its sort key: the issuer's name, or the partition of an issuer that is an item of the table
 */
export const persistedJwksItem = (
  { name, url }: Pick<IssuerConfig, "name" | "url">,
  { keys, fetchedAt }: PersistedJwks,
  by: string,
  sk: string = name,
): Item => ({
  pk: KEYS_KEY,
  sk,
  v: ITEM_VERSION,
  owner: "runtime",
  url,
  keys: JSON.stringify(keys),
  at: Math.floor(fetchedAt / 1_000),
  by,
});

/**
 * Reads the keys from an item. Returns undefined when the item has another version or another issuer's URL, is
 * malformed, or contains no usable key.
 */
export function readPersistedJwks(
  item: Item | undefined,
  { url }: Pick<IssuerConfig, "url">,
): PersistedJwks | undefined {
  if (item === undefined || item["v"] !== ITEM_VERSION || item["url"] !== url) return undefined;
  const { keys: json, at } = item;
  if (typeof json !== "string" || typeof at !== "number" || !Number.isFinite(at)) return undefined;
  const usable = usableKeys(parseList(json), { url });
  return usable.length === 0 ? undefined : { keys: usable, fetchedAt: at * 1_000 };
}

function parseList(json: string): unknown[] {
  const parsed = parseJson(json);
  return Array.isArray(parsed) ? parsed : [];
}
