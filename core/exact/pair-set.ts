const BITS = 32;

/** A set of ordered pairs of small numbers, one bit for each possible pair. */
export class PairSet {
  readonly #words: Uint32Array;
  readonly #width: number;

  /** @param size the number of numbers: from 0 to `size - 1` */
  constructor(size: number) {
    this.#width = Math.ceil(size / BITS);
    this.#words = new Uint32Array(size * this.#width);
  }

  add(a: number, b: number): void {
    const at = a * this.#width + Math.floor(b / BITS);
    this.#words[at] = (this.#words[at] ?? 0) | (1 << (b % BITS));
  }

  has(a: number, b: number): boolean {
    return ((this.#words[a * this.#width + Math.floor(b / BITS)] ?? 0) & (1 << (b % BITS))) !== 0;
  }
}
