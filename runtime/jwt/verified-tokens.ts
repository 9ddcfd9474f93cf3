import type { IssuerItem } from "../../core/model/items.ts";
import { boundedCache } from "../cache/bounded-cache.ts";
import type { KeySet } from "./issuer-keys.ts";
import type { TokenKey } from "./token-key.ts";

/** What a token was verified against: with another, it has not been. */
interface VerifiedAgainst {
  readonly item: IssuerItem;
  readonly keySet: KeySet;
}

/** Tokens that were verified, without anything of them; their times are the reader's to check again. */
export interface VerifiedTokens {
  has(token: TokenKey, against: VerifiedAgainst): boolean;
  add(token: TokenKey, against: VerifiedAgainst): void;
}

const CAPACITY = 1_000;
const TEN_MINUTES = 600_000;

export function verifiedTokens(now: () => number): VerifiedTokens {
  const entries = boundedCache<string>({ capacity: CAPACITY, ttl: TEN_MINUTES, now });
  const nameOf = ({ item, keySet }: VerifiedAgainst): string => `${keySet.generation} ${item.hash}`;
  return {
    has: (token, against) => entries.get(token) === nameOf(against),
    add: (token, against) => entries.set(token, nameOf(against)),
  };
}
