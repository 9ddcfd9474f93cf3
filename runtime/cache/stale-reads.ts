import { InternalError } from "../../core/model/errors.ts";
import { boundedCache, type CacheLimits } from "./bounded-cache.ts";

/** A cache of what was read from the table. */
export interface StaleCache<V> {
  /** Returns a value younger than the TTL. */
  fresh(key: string): V | undefined;
  /** Returns a value of any age that may be served in an outage. */
  any(key: string): V | undefined;
  /** @param since when it was read, in ms */
  set(key: string, value: V, since: number): void;
  /** Removes a value, so that what the table no longer has is not served in an outage either. */
  delete(key: string): void;
}

export interface StaleCacheLimits<V> extends CacheLimits<V> {
  /** How much longer than `ttl` a value may be served while the table cannot be read, in ms; 0: not at all. */
  readonly stale: number;
}

/** Creates a cache whose entries stay for `ttl`, and for `stale` longer as a reserve for outages. */
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

export const servedFresh = <V>(value: V): Served<V> => ({ value, stale: false, cached: true });

/** Reads a value, or serves `old` while the table cannot be read. Throws what `read` throws when there is no old value. */
export type ReadOrServe = <V>(old: V | undefined, read: () => Promise<V>) => Promise<Served<V>>;

/** How long after a failed read no further read is tried where an old value can be served, in ms. */
export const AFTER_FAILURE = 5_000;

/** Creates one reader for all reads of a table, so that a decision waits only once for a table that hangs. */
export function readOrServe(now: () => number): ReadOrServe {
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (old, read) => {
    if (old !== undefined && now() - failedAt < AFTER_FAILURE)
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

/** Returns whether the table could not be reached. A malformed item is not an outage, because the table answered. */
const isOutage = (error: unknown): boolean =>
  error instanceof InternalError && error.code === "table_unreachable";
