import { createLocalJWKSet, type JWK, type LocalJWKSet } from "jose";
import { InternalError } from "../../core/model/errors.ts";
import { rateLimit } from "../cache/rate-limit.ts";
import { singleFlight } from "../cache/single-flight.ts";
import { withinDeadline } from "../deadline.ts";
import { HostRejected } from "./issuer-hosts.ts";
import type { PersistedJwks } from "./persisted-keys.ts";

/** An issuer's keys at one time. */
export interface KeySet {
  /** Finds the key that matches a header's `alg` and `kid`. */
  readonly find: LocalJWKSet;
  /** Returns the same for the keys whose ids are not denied. */
  without(denied: ReadonlySet<string>): LocalJWKSet;
}

/** The cache of one issuer's keys. */
export interface IssuerKeys {
  /** Returns the cached keys, or fetches them. @throws InternalError `keys_unreachable` */
  current(): Promise<KeySet>;
  /**
   * Returns newer keys than `seen`, which lacks a token's key: the cached ones if they are newer, else fetched
   * again, unless the rate limit forbids it.
   *
   * @throws InternalError `keys_unreachable` when the issuer does not respond
   */
  refresh(seen: KeySet): Promise<KeySet>;
  /** Returns whether the cached keys are older than they should be, because the issuer could not be reached. */
  areStale(): boolean;
  /** Estimates what the keys take in memory, in bytes. */
  bytes(): number;
}

/** What the key cache of an issuer needs. */
export interface IssuerKeysOptions {
  /** The issuer's name, for messages. */
  readonly issuer: string;
  /** Fetches the keys; rejects when they cannot be fetched. */
  readonly fetch: () => Promise<readonly JWK[]>;
  /** Reads the persisted JWKS, which is used when no keys are cached and the issuer cannot be reached. */
  readonly persisted?: (() => Promise<PersistedJwks | undefined>) | undefined;
  /** How long keys stay usable while the issuer cannot be reached, in ms. At least {@link FRESH} is used. */
  readonly stale: number;
  /** The longest that `fetch` takes, in ms. Default: {@link FETCH_DEADLINE}. */
  readonly timeout?: number | undefined;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
  /** Called after every attempt to fetch the keys. */
  readonly onRefresh?: ((failed: boolean) => void) | undefined;
}

const MINUTE = 60_000;
/** The age in ms from which the keys are fetched again in the background, while requests use the cached ones. */
export const FRESH = 10 * MINUTE;
/** The age in ms from which a request waits for the fetch, because a Lambda that freezes early never ends it. */
const OVERDUE = 2 * FRESH;
/**
 * The rate limit of fetches that requests cause. A few are allowed at once, so that the next request finds a new key
 * or an issuer that works again. Then one a second is allowed, so that floods of made-up key ids, or of requests in an
 * outage, cause no more.
 */
const REQUESTED_FETCHES = { burst: 5, interval: 1_000 };
const BETWEEN_FAILURES_WITH_KEYS = 30_000;
/** The longest fetch in ms, unless Terraform sets another: the discovery document and the keys together. */
const FETCH_DEADLINE = 3_000;
const PERSISTED_DEADLINE = 1_000;
/** The longest that a request waits for keys by default, in ms: for the issuer, and then for its persisted JWKS. */
export const KEYS_DEADLINE = FETCH_DEADLINE + PERSISTED_DEADLINE;

/** The memory of an issuer without keys, and how much more than their JSON parsed and imported keys take. */
const EMPTY_BYTES = 2_000;
const PARSED_FACTOR = 6;

interface CachedKeys {
  readonly keySet: KeySet;
  readonly json: string;
  readonly fetchedAt: number;
}

/**
 * Creates the cache of one issuer's keys. The keys are fetched when a token first needs them, refreshed from the age
 * {@link FRESH} on, and kept for outages.
 *
 * @example
 * import { issuerKeys } from "./issuer-keys.ts";
 *
 * let fetches = 0;
 * const fetch = async () => {
 *   fetches++;
 *   return [];
 * };
 * const keys = issuerKeys({ issuer: "main", fetch, stale: 86_400_000, now: Date.now });
 * const first = await keys.current();
 * (await keys.current()) === first; // => true
 * fetches; // => 1
 */
export function issuerKeys({
  issuer,
  fetch,
  persisted,
  stale,
  timeout = FETCH_DEADLINE,
  now,
  onRefresh,
}: IssuerKeysOptions): IssuerKeys {
  const once = singleFlight<KeySet>(timeout + PERSISTED_DEADLINE, now);
  const usableFor = Math.max(FRESH, stale);
  let cached: CachedKeys | undefined;
  let failure: { readonly at: number; readonly error: InternalError } | undefined;
  const mayFetch = rateLimit({ ...REQUESTED_FETCHES, now });
  const age = ({ fetchedAt }: CachedKeys): number => now() - fetchedAt;

  async function fetchNow(): Promise<KeySet> {
    const startedAt = now();
    // After a freeze of the process, a fetch may end long after a later one. What it found is older than what is cached.
    const isOutdated = (): boolean => cached !== undefined && cached.fetchedAt > startedAt;
    try {
      const found = await fetch();
      if (cached !== undefined && isOutdated()) return cached.keySet;
      cached = adopt(cached, found, startedAt);
      failure = undefined;
      onRefresh?.(false);
      return cached.keySet;
    } catch (cause) {
      if (cached !== undefined && isOutdated()) return cached.keySet;
      onRefresh?.(true);
      const error = new InternalError("keys_unreachable", `The keys of issuer ${issuer} cannot be fetched`, {
        cause,
      });
      // After a freeze the clock has jumped, and the failure is older than it seems.
      failure = { at: Math.min(now(), startedAt + timeout), error };
      if (cached !== undefined && age(cached) < usableFor) throw error;
      cached = cause instanceof HostRejected ? undefined : await readPersisted();
      if (cached === undefined) throw error;
      return cached.keySet;
    }
  }

  /** Persisted keys age from when the issuer returned them, so they stay usable no longer than cached ones would. */
  async function readPersisted(): Promise<CachedKeys | undefined> {
    if (persisted === undefined) return undefined;
    const found = await withinDeadline(PERSISTED_DEADLINE, persisted).catch(() => undefined);
    if (found === undefined || now() - found.fetchedAt >= usableFor) return undefined;
    return adopt(cached, found.keys, Math.min(found.fetchedAt, now()));
  }

  /** When rate-limited, rethrows the last failure. A call during a fetch joins that fetch. */
  const fetchIfAllowed = (seen?: KeySet): Promise<KeySet> =>
    once("", async () => {
      if (mayFetch()) return fetchNow();
      if (failure !== undefined) throw failure.error;
      return seen ?? fetchNow();
    });

  async function refreshInBackground({ keySet }: CachedKeys): Promise<KeySet> {
    if (failure !== undefined && now() - failure.at < BETWEEN_FAILURES_WITH_KEYS) return keySet;
    return once("", fetchNow).catch(() => keySet);
  }

  return {
    async current() {
      if (cached === undefined || age(cached) >= usableFor) return fetchIfAllowed();
      if (age(cached) < FRESH) return cached.keySet;
      const { keySet } = cached;
      const overdue = age(cached) >= OVERDUE;
      const refreshed = refreshInBackground(cached);
      return overdue ? refreshed : keySet;
    },
    async refresh(seen) {
      if (cached !== undefined && cached.keySet !== seen) return cached.keySet;
      return fetchIfAllowed(seen);
    },
    bytes: () => EMPTY_BYTES + PARSED_FACTOR * (cached?.json.length ?? 0),
    areStale: () => failure !== undefined && cached !== undefined && age(cached) >= FRESH,
  };
}

/** Keeps the cached key set when the keys are the same, so that no key is imported again. */
function adopt(cached: CachedKeys | undefined, keys: readonly JWK[], fetchedAt: number): CachedKeys {
  const json = JSON.stringify(keys);
  if (cached?.json === json) return { ...cached, fetchedAt };
  return { keySet: keySetOf(keys), json, fetchedAt };
}

function keySetOf(keys: readonly JWK[]): KeySet {
  const find = createLocalJWKSet({ keys: [...keys] });
  let filtered: { readonly ids: string; readonly find: LocalJWKSet } | undefined;
  return {
    find,
    without(denied) {
      if (denied.size === 0) return find;
      // Imported keys are cached by the set, so the set is only made again when the denied keys change.
      const ids = JSON.stringify([...denied]);
      if (filtered?.ids !== ids) {
        const allowed = keys.filter(({ kid }) => kid === undefined || !denied.has(kid));
        filtered = { ids, find: createLocalJWKSet({ keys: allowed }) };
      }
      return filtered.find;
    },
  };
}
