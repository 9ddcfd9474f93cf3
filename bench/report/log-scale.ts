/** A logarithmic axis. */
export interface LogScale {
  /** Returns the position of a value, in pixels. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** Factor by which the axis starts below the smallest value, so that the shortest bar is visible. */
const MARGIN_FACTOR = 1.6;

/** Returns an axis of whole decades around positive values, with a tick per decade and more if there are few decades. */
export function logScale(values: readonly number[], start: number, end: number): LogScale {
  const from = Math.floor(Math.log10(Math.min(...values) / MARGIN_FACTOR));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))));
  const decades = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const steps = to - from > 2 ? [1] : [1, 2, 5];
  const ticks = decades.flatMap((decade) => steps.map((step) => step * 10 ** decade));
  return {
    at: (value) => start + ((Math.log10(value) - from) / (to - from)) * (end - start),
    ticks: ticks.filter((tick) => tick <= 10 ** to),
  };
}
