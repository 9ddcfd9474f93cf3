/** A map that holds a bounded number of entries, the least recently used leaving first, each for a bounded time. */
export interface BoundedCache<V> {
  get(key: string): V | undefined;
  /** As `get`, and since when the value ages. */
  entry(key: string): Aged<V> | undefined;
  /** @param since when the value was read, in ms; it ages from there */
  set(key: string, value: V, since?: number): void;
  delete(key: string): void;
  readonly size: number;
}

export interface Aged<V> {
  readonly value: V;
  /** In ms. */
  readonly since: number;
}

export interface CacheLimits {
  readonly capacity: number;
  /** In ms; 0 keeps nothing. */
  readonly ttl: number;
  /** The time in ms since 1970. */
  readonly now: () => number;
}

export function boundedCache<V>({ capacity, ttl, now }: CacheLimits): BoundedCache<V> {
  const entries = new Map<string, Aged<V>>();
  /** Goes on behind the last that left: from the start it would pass all the gaps that were left before. */
  const oldest = entries.keys();
  /** The last to leave: a key that is asked for again and again need not be moved each time. */
  let newest: string | undefined;
  const entryOf = (key: string): Aged<V> | undefined => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    const old = now() - entry.since >= ttl;
    if (old || key !== newest) entries.delete(key);
    if (old) return undefined;
    if (key !== newest) entries.set(key, entry);
    newest = key;
    return entry;
  };
  return {
    get: (key) => entryOf(key)?.value,
    entry: entryOf,
    set(key, value, since = now()) {
      entries.delete(key);
      entries.set(key, { value, since });
      newest = key;
      if (entries.size > capacity) entries.delete(oldest.next().value as string);
    },
    delete(key) {
      entries.delete(key);
    },
    get size() {
      return entries.size;
    },
  };
}
