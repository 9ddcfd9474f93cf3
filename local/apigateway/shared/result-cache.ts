/** The maximum number of entries; the oldest are dropped first. Callers choose keys, so there must be a bound. */
const MAX_ENTRIES = 10_000;

/** A cache of authorizers' results by key; each entry has its own TTL. */
export interface ResultCache<Output> {
  get(key: string): Output | undefined;
  set(key: string, output: Output, ttlSeconds: number): void;
  clear(): void;
  readonly size: number;
}

/** Creates an empty cache. @param now milliseconds */
export function createResultCache<Output>(
  now: () => number,
  maxEntries: number = MAX_ENTRIES,
): ResultCache<Output> {
  const entries = new Map<string, { readonly output: Output; readonly expiresAt: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined || now() < entry.expiresAt) return entry?.output;
      entries.delete(key);
      return undefined;
    },
    set(key, output, ttlSeconds) {
      entries.delete(key);
      for (const [oldest, { expiresAt }] of entries) {
        if (entries.size < maxEntries && now() < expiresAt) break;
        entries.delete(oldest);
      }
      entries.set(key, { output, expiresAt: now() + ttlSeconds * 1000 });
    },
    clear() {
      entries.clear();
    },
    get size() {
      return entries.size;
    },
  };
}
