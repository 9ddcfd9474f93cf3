import type { JWTPayload } from "jose";
import type { IssuerItem } from "../../core/items.ts";
import { boundedCache } from "./bounded-cache.ts";
import type { KeySet } from "./issuer-keys.ts";
import type { TokenKey } from "./token-key.ts";

/** What a token was verified against: with another, it has not been. */
interface VerifiedAgainst {
  readonly item: IssuerItem;
  readonly keySet: KeySet;
}

/** Payloads of tokens that were verified; their times are the reader's to check again. */
export interface VerifiedTokens {
  get(token: TokenKey, against: VerifiedAgainst): JWTPayload | undefined;
  add(token: TokenKey, against: VerifiedAgainst, payload: JWTPayload): void;
}

interface Entry {
  readonly payload: JWTPayload;
  readonly itemHash: string;
  readonly generation: number;
}

const CAPACITY = 1_000;
const TEN_MINUTES = 600_000;

export function verifiedTokens(now: () => number): VerifiedTokens {
  const entries = boundedCache<Entry>({ capacity: CAPACITY, ttl: TEN_MINUTES, now });
  return {
    get(token, { item, keySet }) {
      const entry = entries.get(token);
      const holds = entry?.itemHash === item.hash && entry.generation === keySet.generation;
      return holds ? entry.payload : undefined;
    },
    add(token, { item, keySet }, payload) {
      entries.set(token, { payload, itemHash: item.hash, generation: keySet.generation });
    },
  };
}
