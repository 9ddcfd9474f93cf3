import { InternalError } from "../../core/model/errors.ts";
import { boundedCache, type CacheLimits } from "./bounded-cache.ts";

/** A cache of what was read from the table. */
export interface StaleCache<V> {
  /** Returns a value younger than the TTL. */
  fresh(key: string): V | undefined;
  /** Returns a value of any age that may be served in an outage. */
  any(key: string): V | undefined;
  /** Stores a value. @param since when the value was read, in ms since 1970 */
  set(key: string, value: V, since: number): void;
  /** Removes a value, so that what the table no longer has is not served in an outage either. */
  delete(key: string): void;
}

/** The limits of a {@link StaleCache}. */
export interface StaleCacheLimits<V> extends CacheLimits<V> {
  /** How much longer than `ttl` a value may be served while the table cannot be read, in ms; 0 disables this. */
  readonly stale: number;
}

/**
 * Creates a cache whose entries are fresh for `ttl`, and stay for `stale` longer as a reserve for outages.
 *
 * @example
 * import { staleCache } from "./stale-reads.ts";
 *
 * let now = 0;
 * const limits = { maxBytes: 1_000, sizeOf: ({ length }: string) => length };
 * const cache = staleCache<string>({ ...limits, ttl: 30_000, stale: 600_000, now: () => now });
 * cache.set("acme", "active", now);
 * now = 60_000;
 * cache.fresh("acme"); // => undefined
 * cache.any("acme"); // => "active"
 */
export function staleCache<V>({ stale, ...limits }: StaleCacheLimits<V>): StaleCache<V> {
  const { ttl, now } = limits;
  const entries = boundedCache<V>({ ...limits, ttl: ttl + stale });
  return {
    fresh(key) {
      const entry = entries.entry(key);
      return entry !== undefined && now() - entry.since < ttl ? entry.value : undefined;
    },
    any: entries.get,
    set: entries.set,
    delete: entries.delete,
  };
}

/** A value, and how it was obtained. */
export interface Served<V> {
  readonly value: V;
  /** Whether it is older than it should be. */
  readonly stale: boolean;
  /** Whether it came from the cache and was younger than the TTL, so that nothing was read. */
  readonly cached: boolean;
}

/** Marks a value as served from the cache and younger than the TTL. */
export const servedFresh = <V>(value: V): Served<V> => ({ value, stale: false, cached: true });

/**
 * Reads a value, or serves `old` while the table cannot be read.
 *
 * @throws InternalError `table_unreachable` when the table cannot be read and `old` is undefined
 * @throws Error every other error of `read`
 */
export type ReadOrServe = <V>(old: V | undefined, read: () => Promise<V>) => Promise<Served<V>>;

/** How long after a failed read no other read is tried if an old value can be served, in ms. */
const PAUSE_AFTER_FAILURE = 5_000;

/**
 * Creates one reader for all reads of a table, so that a decision waits only once for a table that hangs.
 *
 * @param now returns the time in ms since 1970
 * @example
 * import { InternalError } from "../../core/model/errors.ts";
 * import { readOrServe } from "./stale-reads.ts";
 *
 * const serve = readOrServe(Date.now);
 * const fails = () => Promise.reject(new InternalError("table_unreachable", "The table cannot be read"));
 * await serve("old", async () => "new"); // => {"value":"new","stale":false,"cached":false}
 * await serve("old", fails); // => {"value":"old","stale":true,"cached":false}
 */
export function readOrServe(now: () => number): ReadOrServe {
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (old, read) => {
    if (old !== undefined && now() - failedAt < PAUSE_AFTER_FAILURE)
      return { value: old, stale: true, cached: false };
    try {
      const value = await read();
      failedAt = Number.NEGATIVE_INFINITY;
      return { value, stale: false, cached: false };
    } catch (error) {
      if (!isOutage(error)) throw error;
      failedAt = now();
      if (old === undefined) throw error;
      return { value: old, stale: true, cached: false };
    }
  };
}

/** Returns whether the table could not be reached. A malformed item is not an outage, because the table responded. */
const isOutage = (error: unknown): boolean =>
  error instanceof InternalError && error.code === "table_unreachable";
