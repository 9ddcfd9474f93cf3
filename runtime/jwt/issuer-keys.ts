import { createLocalJWKSet, type JWK, type LocalJWKSet } from "jose";
import { InternalError } from "../../core/model/errors.ts";
import { rateLimit } from "../cache/rate-limit.ts";
import { singleFlight } from "../cache/single-flight.ts";
import { withinDeadline } from "../deadline.ts";
import { GET_LIMITS } from "./https-getter.ts";
import type { PersistedJwks } from "./persisted-keys.ts";

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
  /** Whether these are the known keys, and young enough to be used as they are. */
  holds(seen: KeySet): boolean;
  /** Whether the known keys are older than they should be, for the issuer could not be reached since. */
  areStale(): boolean;
}

export interface IssuerKeysOptions {
  readonly issuer: string;
  readonly fetch: () => Promise<readonly JWK[]>;
  /** Keys put aside for when none are known; as old as they say they are. */
  readonly stored?: (() => Promise<PersistedJwks | undefined>) | undefined;
  /** How old they may be to be taken before the issuer is asked, in ms; 0, the default: when it cannot be reached. */
  readonly storedFirst?: number;
  /** How long keys keep working while the issuer cannot be reached, in ms. */
  readonly stale: number;
  readonly now: () => number;
  /** Hears of every attempt to fetch the keys. */
  readonly onRefresh?: ((failed: boolean) => void) | undefined;
}

const MINUTE = 60_000;
/** From here on the keys are fetched again while requests go on with those known. */
export const FRESH = 10 * MINUTE;
/** From here on a request waits for that: where Lambda freezes too early, the background never gets there. */
const OVERDUE = 2 * FRESH;
/**
 * Fetches that requests ask for: a few at once, so that a new key is found and a recovery seen by the next
 * request; then one a second, so that floods of made-up key ids, or of requests in an outage, cost no more.
 */
const REQUESTED_FETCHES = { burst: 5, interval: 1_000 };
const BETWEEN_FAILURES_WITH_KEYS = 30_000;
/** Discovery and keys, one after the other. */
const LONGEST_FETCH = 2 * GET_LIMITS.timeout;
const STORED_DEADLINE = 1_000;
/** The longest that keys are waited for, in ms: the issuer, then what is stored of it. */
export const KEYS_DEADLINE = LONGEST_FETCH + STORED_DEADLINE;

interface Known {
  readonly keySet: KeySet;
  readonly text: string;
  readonly fetchedAt: number;
}

export function issuerKeys({
  issuer,
  fetch,
  stored,
  storedFirst = 0,
  stale,
  now,
  onRefresh,
}: IssuerKeysOptions): IssuerKeys {
  const once = singleFlight<KeySet>(KEYS_DEADLINE, now);
  const usableFor = Math.max(FRESH, stale);
  let known: Known | undefined;
  let failure: { readonly at: number; readonly error: InternalError } | undefined;
  const mayFetch = rateLimit({ ...REQUESTED_FETCHES, now });
  const ageOf = ({ fetchedAt }: Known): number => now() - fetchedAt;

  /** @param spare stored keys, where they have been read already; null: there are none that are usable */
  async function refresh(spare?: Known | null): Promise<KeySet> {
    const startedAt = now();
    try {
      known = adopt(known, await fetch(), startedAt);
      failure = undefined;
      onRefresh?.(false);
      return known.keySet;
    } catch (cause) {
      onRefresh?.(true);
      const error = new InternalError("keys_unreachable", `The keys of issuer ${issuer} cannot be had`, {
        cause,
      });
      // After a freeze the clock has jumped, and the failure lies further back than it seems.
      failure = { at: Math.min(now(), startedAt + LONGEST_FETCH), error };
      if (known !== undefined && ageOf(known) < usableFor) throw error;
      const rescued = spare === undefined ? await readStored() : spare;
      if (rescued === null) throw error;
      known = rescued;
      return known.keySet;
    }
  }

  /** Stored keys age from when the issuer gave them, so they work no longer than remembered ones would. */
  async function readStored(): Promise<Known | null> {
    if (stored === undefined) return null;
    const found = await withinDeadline(STORED_DEADLINE, stored).catch(() => undefined);
    if (found === undefined || now() - found.fetchedAt >= usableFor) return null;
    return adopt(known, found.keys, Math.min(found.fetchedAt, now()));
  }

  /** What may not fetch hears what the last fetch came to. Who joins a fetch that is under way starts none. */
  const fetchIfAllowed = (seen?: KeySet): Promise<KeySet> =>
    once("", async () => {
      const spare = known === undefined && storedFirst > 0 ? await readStored() : undefined;
      if (spare && ageOf(spare) < storedFirst) {
        known = spare;
        return known.keySet;
      }
      if (mayFetch()) return refresh(spare);
      if (failure !== undefined) throw failure.error;
      return seen ?? refresh(spare);
    });

  async function refreshInBackground({ keySet }: Known): Promise<KeySet> {
    if (failure !== undefined && now() - failure.at < BETWEEN_FAILURES_WITH_KEYS) return keySet;
    return once("", () => refresh()).catch(() => keySet);
  }

  return {
    async current() {
      if (known === undefined || ageOf(known) >= usableFor) return fetchIfAllowed();
      if (ageOf(known) < FRESH) return known.keySet;
      const { keySet } = known;
      const overdue = ageOf(known) >= OVERDUE;
      const refreshed = refreshInBackground(known);
      return overdue ? refreshed : keySet;
    },
    async newer(seen) {
      if (known !== undefined && known.keySet !== seen) return known.keySet;
      return fetchIfAllowed(seen);
    },
    holds: (seen) => known !== undefined && known.keySet === seen && ageOf(known) < FRESH,
    areStale: () => failure !== undefined && known !== undefined && ageOf(known) >= FRESH,
  };
}

/** The same keys stay the same set: what was imported and verified with them stays good. */
function adopt(known: Known | undefined, keys: readonly JWK[], fetchedAt: number): Known {
  const text = JSON.stringify(keys);
  if (known?.text === text) return { ...known, fetchedAt };
  const generation = (known?.keySet.generation ?? 0) + 1;
  return { keySet: { generation, find: createLocalJWKSet({ keys: [...keys] }) }, text, fetchedAt };
}
