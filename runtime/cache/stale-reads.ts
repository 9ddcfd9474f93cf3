import { InternalError } from "../../core/model/errors.ts";
import { boundedCache } from "./bounded-cache.ts";

/** What was read of the table: good for its time, and a while longer where the table cannot be read. */
export interface StaleCache<V> {
  /** Young enough to be used without a read. */
  fresh(key: string): V | undefined;
  /** At any age that may be served at all. */
  any(key: string): V | undefined;
  /** @param since when it was read, in ms */
  set(key: string, value: V, since: number): void;
  /** What the table no longer has is not served in an outage either. */
  delete(key: string): void;
}

export interface StaleCacheLimits {
  readonly capacity: number;
  /** In ms. */
  readonly ttl: number;
  /** How much longer than `ttl` it may be served, in ms; 0: not at all. */
  readonly stale: number;
  /** The time in ms since 1970. */
  readonly now: () => number;
}

export function staleCache<V>({ capacity, ttl, stale, now }: StaleCacheLimits): StaleCache<V> {
  const entries = boundedCache<V>({ capacity, ttl: ttl + stale, now });
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

/** What a decision is made of. */
export interface Served<V> {
  readonly value: V;
  /** Whether it is older than it should be. */
  readonly stale: boolean;
  /** Whether it was remembered and young, so that there was nothing to read. */
  readonly cached: boolean;
}

export const servedFresh = <V>(value: V): Served<V> => ({ value, stale: false, cached: true });

/** Reads, or serves `old` where the table cannot be read. @throws what `read` throws where there is nothing old */
export type ReadOrServe = <V>(old: V | undefined, read: () => Promise<V>) => Promise<Served<V>>;

/** After a failed read the table is left alone for so long, in ms, by whoever has something to go on with. */
export const AFTER_FAILURE = 5_000;

/** One for all reads of a table, so that a decision waits for a table that hangs once, not at each of its reads. */
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

/** An item that is not as it should be is none: the table answered. */
const isOutage = (error: unknown): boolean =>
  error instanceof InternalError && error.code === "table_unreachable";
