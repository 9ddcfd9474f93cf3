import { formatNumber } from "./print.ts";

const SECONDS: Readonly<Record<string, number>> = { µs: 1e-6, ms: 1e-3, s: 1 };
const UNITS = [
  ["ns", 1e-9],
  ["µs", 1e-6],
  ["ms", 1e-3],
  ["s", 1],
] as const;

/** Formats a time in the unit that suits its size, whatever unit it was measured in, and anything else as a number. */
export function formatFigure(value: number, unit: string): string {
  const timeUnit = /(?:^|\s)(µs|ms|s)(?:\s|$)/.exec(unit)?.[1];
  if (timeUnit === undefined) return formatNumber(value);
  const seconds = value * (SECONDS[timeUnit] ?? 1);
  // A little less than 1, because 1e3 * 1e-6 is slightly below 1e-3.
  const [name, size] = UNITS.findLast(([, size]) => seconds >= size * 0.999_999) ?? UNITS[0];
  return `${formatNumber(Number((seconds / size).toPrecision(3)))} ${name}`;
}
