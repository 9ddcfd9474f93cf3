/** What was worked out before, for as long as whoever keeps it likes. */
export interface Cache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

/** Keeps nothing: for tools, whose callers come once. */
export const NO_CACHE: Cache<never> = { get: () => undefined, set: () => undefined };

/** Makes it of each object once, for as long as the object lives: it must not be changed. */
export function memoize<K extends object, V extends NonNullable<unknown>>(
  make: (from: K) => V,
): (from: K) => V {
  const all = new WeakMap<K, V>();
  return (from) => {
    const known = all.get(from);
    if (known !== undefined) return known;
    const made = make(from);
    all.set(from, made);
    return made;
  };
}

let last = 0;

/** A number for an object that is never changed: no other object has it. */
export const numberOf = memoize((_: object) => ++last);
