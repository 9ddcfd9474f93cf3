import type { InternalError } from "./errors.ts";

/**
 * A map in which an entry that cannot be read throws its error when it is looked up, so that only the requests that
 * need the entry fail. Iteration leaves such entries out.
 *
 * @example
 * import { EntryMap } from "./entry-map.ts";
 *
 * const roles = new EntryMap<string, number>();
 * roles.set("viewer", 1);
 * roles.get("viewer"); // => 1
 */
export class EntryMap<K, V> extends Map<K, V> {
  readonly #errors = new Map<K, InternalError>();

  setError(key: K, error: InternalError): void {
    this.#errors.set(key, error);
  }

  /** Returns the value. @throws InternalError if the entry cannot be read */
  override get(key: K): V | undefined {
    const error = this.#errors.get(key);
    if (error !== undefined) throw error;
    return super.get(key);
  }

  override has(key: K): boolean {
    return this.#errors.has(key) || super.has(key);
  }
}
