/** What was worked out before, for as long as whoever keeps it likes. */
export interface Memo<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

/** Keeps nothing: for tools, whose callers come once. */
export const NO_MEMO: Memo<never> = { get: () => undefined, set: () => undefined };

const numbers = new WeakMap<object, number>();
let last = 0;

/** A number for an object that is never changed: no other object has it. */
export function numberOf(value: object): number {
  const known = numbers.get(value);
  if (known !== undefined) return known;
  numbers.set(value, ++last);
  return last;
}
