/** Values on a logarithmic axis of pixels. */
export interface LogScale {
  /** Where a value stands, in pixels. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** Room before the smallest value, so that its bar is one. */
const BEFORE = 1.6;

/** Whole decades around positive values, from `start` to `end`; ticks at each, and within where there are few. */
export function logScale(values: readonly number[], start: number, end: number): LogScale {
  const from = Math.floor(Math.log10(Math.min(...values) / BEFORE));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))));
  const decades = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const steps = to - from > 2 ? [1] : [1, 2, 5];
  const ticks = decades.flatMap((decade) => steps.map((step) => step * 10 ** decade));
  return {
    at: (value) => start + ((Math.log10(value) - from) / (to - from)) * (end - start),
    ticks: ticks.filter((tick) => tick <= 10 ** to),
  };
}
