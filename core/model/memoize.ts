/** A cache of results by a string key. The owner decides how many entries it holds, and for how long. */
export interface Cache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

/** A cache that stores nothing, for tools that decide once. */
export const NO_CACHE: Cache<never> = { get: () => undefined, set: () => undefined };

/** Memoizes `make` per object, in a WeakMap. The objects must be immutable. */
export function memoize<K extends object, V extends NonNullable<unknown>>(
  make: (from: K) => V,
): (from: K) => V {
  const results = new WeakMap<K, V>();
  return (from) => {
    const cached = results.get(from);
    if (cached !== undefined) return cached;
    const result = make(from);
    results.set(from, result);
    return result;
  };
}

/** Memoizes `make`, except for failures: the next call tries again. */
export function memoizeSuccess<T>(make: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return async () => {
    result ??= make();
    try {
      return await result;
    } catch (error) {
      result = undefined;
      throw error;
    }
  };
}

let last = 0;

/** Returns a number that no other object has, for use in cache keys. The object must be immutable. */
export const objectNumber = memoize((_: object) => ++last);
