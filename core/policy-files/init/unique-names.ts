/** Gives each name once: a name that is taken gets a number at its end. */
export class UniqueNames {
  readonly #taken: Set<string>;
  readonly #next = new Map<string, number>();
  readonly #separator: string;

  /** @param separator comes before the number */
  constructor(separator: string, taken: readonly string[] = []) {
    this.#separator = separator;
    this.#taken = new Set(taken);
  }

  /** Returns the first of the names that is free, or the first one with a number. */
  take(wanted: readonly [string, ...string[]]): string {
    const name = wanted.find((one) => !this.#taken.has(one)) ?? this.#numbered(wanted[0]);
    this.#taken.add(name);
    return name;
  }

  #numbered(name: string): string {
    let count = this.#next.get(name) ?? 2;
    while (this.#taken.has(`${name}${this.#separator}${count}`)) count++;
    this.#next.set(name, count + 1);
    return `${name}${this.#separator}${count}`;
  }
}
