import { createLocalJWKSet, type JWK, type LocalJWKSet } from "jose";
import { UnavailableError } from "../../core/errors.ts";
import { withinDeadline } from "./deadline.ts";
import { GET_LIMITS } from "./https-getter.ts";
import { singleFlight } from "./single-flight.ts";
import type { StoredKeys } from "./stored-keys.ts";

/** An issuer's keys at one time. */
export interface KeySet {
  /** Grows whenever the keys are others than before. */
  readonly generation: number;
  readonly find: LocalJWKSet;
}

/** One issuer's keys over time. */
export interface IssuerKeys {
  /** The known keys. @throws UnavailableError `keys_unreachable` where there are none, or only too old ones */
  current(): Promise<KeySet>;
  /**
   * The keys to look in where `seen` lacks a token's: fetched again, yet not at every token's wish.
   *
   * @throws UnavailableError `keys_unreachable` where the issuer does not answer
   */
  newer(seen: KeySet): Promise<KeySet>;
}

export interface IssuerKeysOptions {
  readonly issuer: string;
  readonly fetch: () => Promise<readonly JWK[]>;
  /** Keys put aside for when the issuer cannot be reached and none are known; as old as they say they are. */
  readonly stored?: (() => Promise<StoredKeys | undefined>) | undefined;
  /** How long keys keep working while the issuer cannot be reached, in ms. */
  readonly stale: number;
  readonly now: () => number;
}

const MINUTE = 60_000;
/** From here on the keys are fetched again while requests go on with those known. */
const FRESH = 10 * MINUTE;
/** From here on a request waits for that: where Lambda freezes too early, the background never gets there. */
const OVERDUE = 2 * FRESH;
const BETWEEN_SEARCHES = 30_000;
const BETWEEN_FAILURES = 1_000;
const BETWEEN_FAILURES_WITH_KEYS = 30_000;
/** Discovery and keys, one after the other. */
const LONGEST_FETCH = 2 * GET_LIMITS.timeout;
/** After the longest fetch there is a second left before the Lambda's time is over. */
const STORED_DEADLINE = 1_000;

interface Known {
  readonly keySet: KeySet;
  readonly text: string;
  readonly fetchedAt: number;
}

export function issuerKeys({ issuer, fetch, stored, stale, now }: IssuerKeysOptions): IssuerKeys {
  const once = singleFlight<KeySet>(LONGEST_FETCH, now);
  const usableFor = Math.max(FRESH, stale);
  let known: Known | undefined;
  let failure: { readonly at: number; readonly error: UnavailableError } | undefined;
  let searchedAt = Number.NEGATIVE_INFINITY;

  const failedWithin = (ms: number): UnavailableError | undefined =>
    failure !== undefined && now() - failure.at < ms ? failure.error : undefined;

  async function refresh(): Promise<KeySet> {
    const startedAt = now();
    try {
      known = adopt(known, await fetch(), startedAt);
      failure = undefined;
      return known.keySet;
    } catch (cause) {
      const error = new UnavailableError("keys_unreachable", `The keys of issuer ${issuer} cannot be had`, {
        cause,
      });
      // After a freeze the clock has jumped, and the failure lies further back than it seems.
      failure = { at: Math.min(now(), startedAt + LONGEST_FETCH), error };
      const rescued = await rescue();
      if (rescued === undefined) throw error;
      known = rescued;
      return known.keySet;
    }
  }

  /** Stored keys age from when the issuer gave them, so they work no longer than remembered ones would. */
  async function rescue(): Promise<Known | undefined> {
    const isUsable = (fetchedAt: number): boolean => now() - fetchedAt < usableFor;
    if (stored === undefined || (known !== undefined && isUsable(known.fetchedAt))) return undefined;
    const found = await withinDeadline(STORED_DEADLINE, stored).catch(() => undefined);
    if (found === undefined || !isUsable(found.fetchedAt)) return undefined;
    return adopt(known, found.keys, Math.min(found.fetchedAt, now()));
  }

  async function refreshOnce(cooldown: number): Promise<KeySet> {
    const error = failedWithin(cooldown);
    if (error !== undefined) throw error;
    return once("", refresh);
  }

  return {
    async current() {
      const age = known === undefined ? Number.POSITIVE_INFINITY : now() - known.fetchedAt;
      if (known === undefined || age >= usableFor) return refreshOnce(BETWEEN_FAILURES);
      if (age < FRESH) return known.keySet;
      const { keySet } = known;
      const refreshed = refreshOnce(BETWEEN_FAILURES_WITH_KEYS).catch(() => keySet);
      return age < OVERDUE ? keySet : refreshed;
    },
    async newer(seen) {
      if (known !== undefined && known.keySet !== seen) return known.keySet;
      if (failure === undefined && now() - searchedAt < BETWEEN_SEARCHES) return seen;
      searchedAt = now();
      return refreshOnce(BETWEEN_FAILURES);
    },
  };
}

/** The same keys stay the same set: what was imported and verified with them stays good. */
function adopt(known: Known | undefined, keys: readonly JWK[], fetchedAt: number): Known {
  const text = JSON.stringify(keys);
  if (known?.text === text) return { ...known, fetchedAt };
  const generation = (known?.keySet.generation ?? 0) + 1;
  return { keySet: { generation, find: createLocalJWKSet({ keys: [...keys] }) }, text, fetchedAt };
}
