/** A stream of random choices that depends only on a seed. */
export interface Random {
  /** Returns a whole number from 0 to `below`, exclusive. */
  whole(below: number): number;
  chance(probability: number): boolean;
  /** @throws Error for an empty list */
  pick<T>(from: readonly T[]): T;
  /** Returns at most `count` different elements, in the order of the list. */
  some<T>(from: readonly T[], count: number): T[];
}

/** Creates a random stream with Mulberry32, which is small and the same on every machine. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (below: number): number => Math.floor(next() * below);
  return {
    whole,
    chance: (probability) => next() < probability,
    pick(from) {
      if (from.length === 0) throw new Error("The list to pick from is empty");
      return from[whole(from.length)] as (typeof from)[number];
    },
    some(from, count) {
      const order = from.map((item, index) => ({ item, index, rank: next() }));
      const chosen = order.sort((a, b) => a.rank - b.rank).slice(0, count);
      return chosen.sort((a, b) => a.index - b.index).map(({ item }) => item);
    },
  };
}
