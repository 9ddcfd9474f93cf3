import { random as choices } from "../../tests/load/random.ts";

const STEPS = 2 ** 32;

/** A stream of numbers from 0 up to, not including, 1, that a seed decides. */
export type Random = () => number;

export function randomOf(seed: number): Random {
  const { whole } = choices(seed);
  return () => whole(STEPS) / STEPS;
}

/** Waiting times of a Poisson process. */
export const exponential = (random: Random, mean: number): number => -mean * Math.log(1 - random());

/** A whole number from 1 up, of a geometric distribution. */
export function geometric(random: Random, mean: number): number {
  if (mean <= 1) return 1;
  return 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / mean));
}

/** Indices from 0 to `count` - 1, of which the one at `n` is drawn as often as (n + 1) ^ -exponent says. */
export function zipf(
  count: number,
  exponent: number,
): { readonly shares: readonly number[]; draw(random: Random): number } {
  const weights = Array.from({ length: count }, (_, index) => (index + 1) ** -exponent);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let reached = 0;
  const upTo = weights.map((weight) => (reached += weight / sum));
  return {
    shares: weights.map((weight) => weight / sum),
    draw: (random) => Math.min(count - 1, firstAbove(upTo, random())),
  };
}

/** Where the first of a sorted list stands that is more than `value`; its length where there is none. */
export function firstAbove(sorted: readonly number[], value: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] ?? 0) > value) to = middle;
    else from = middle + 1;
  }
  return from;
}
