import { number } from "../print.ts";

const SECONDS: Readonly<Record<string, number>> = { µs: 1e-6, ms: 1e-3, s: 1 };
const UNITS = [
  ["ns", 1e-9],
  ["µs", 1e-6],
  ["ms", 1e-3],
  ["s", 1],
] as const;

/** A value for people: a time in the unit that suits it, whatever unit it was measured in; anything else as a number. */
export function figure(value: number, unit: string): string {
  const measured = /(?:^|\s)(µs|ms|s)(?:\s|$)/.exec(unit)?.[1];
  if (measured === undefined) return number(value);
  const seconds = value * (SECONDS[measured] ?? 1);
  // A little less than 1: 1e3 * 1e-6 is not quite 1e-3.
  const [name, size] = UNITS.findLast(([, size]) => seconds >= size * 0.999_999) ?? UNITS[0];
  return `${number(Number((seconds / size).toPrecision(3)))} ${name}`;
}
