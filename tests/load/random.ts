import { randomFrom } from "../oracle/naive-requests.ts";

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

/** Creates a random stream from a seed. */
export function random(seed: number): Random {
  const next = randomFrom(seed);
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
