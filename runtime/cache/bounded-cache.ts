/** A cache bounded in bytes, which evicts the least recently used entry, and in which each entry has a TTL. */
export interface BoundedCache<V> {
  /** Returns a value younger than the TTL, and makes it the most recently used. */
  get(key: string): V | undefined;
  /** Returns the value like `get`, and the time from which it ages. */
  entry(key: string): AgedValue<V> | undefined;
  /** Stores a value. @param since when the value was read, in ms since 1970; the default is now */
  set(key: string, value: V, since?: number): void;
  delete(key: string): void;
  /** The estimated size of all entries, in bytes. */
  readonly bytes: number;
}

/** A value, and the time from which it ages. */
export interface AgedValue<V> {
  readonly value: V;
  /** In ms since 1970. */
  readonly since: number;
}

/** The limits of a cache. */
export interface CacheLimits<V> {
  /** The most bytes that all entries may take together, as `sizeOf` estimates them. */
  readonly maxBytes: number;
  /** Estimates what a value takes in memory, in bytes, without its key. */
  readonly sizeOf: (value: V) => number;
  /** How long an entry is returned, in ms; 0 caches nothing. */
  readonly ttl: number;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
}

/** What an entry takes in addition to its key's characters and its value: map slot, entry object, string headers. */
const ENTRY_BYTES = 160;

/**
 * Creates a cache. A value larger than the whole cache is not stored.
 *
 * @example
 * import { boundedCache } from "./bounded-cache.ts";
 *
 * const cache = boundedCache<string>({ maxBytes: 1_000, sizeOf: (value) => value.length, ttl: 60_000, now: Date.now });
 * cache.set("acme", "active");
 * cache.get("acme"); // => "active"
 */
export function boundedCache<V>({ maxBytes, sizeOf, ttl, now }: CacheLimits<V>): BoundedCache<V> {
  const entries = new Map<string, AgedValue<V> & { readonly bytes: number }>();
  let bytes = 0;
  const remove = (key: string): void => {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  const entry = (key: string): AgedValue<V> | undefined => {
    const found = entries.get(key);
    if (found === undefined) return undefined;
    if (now() - found.since >= ttl) {
      remove(key);
      return undefined;
    }
    // A map iterates in the order of insertion, so the first key is the least recently used.
    entries.delete(key);
    entries.set(key, found);
    return found;
  };
  return {
    get: (key) => entry(key)?.value,
    entry,
    set(key, value, since = now()) {
      remove(key);
      const size = ENTRY_BYTES + 2 * key.length + sizeOf(value);
      if (size > maxBytes || ttl <= 0) return;
      entries.set(key, { value, since, bytes: size });
      bytes += size;
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
    },
    delete: remove,
    get bytes() {
      return bytes;
    },
  };
}
