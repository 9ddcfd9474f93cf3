/** What one case of a measurement took. */
export interface Figure {
  readonly name: string;
  /** One value a round, in the measurement's unit. */
  readonly rounds: readonly number[];
  /** What was counted besides. */
  readonly facts: Readonly<Record<string, number>>;
}

/** Something that is measured. The first figure is what the others' ratios are to. */
export interface Measurement {
  readonly name: string;
  readonly about: string;
  readonly unit: string;
  /** `quick`: small loads, to see that it still runs. */
  run(quick: boolean): Promise<readonly Figure[]>;
}

/** Rounds summed up; `ratio` is that of the medians. */
export interface Summary extends Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly ratio: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export function summarize(figures: readonly Figure[]): Summary[] {
  const base = median(figures[0]?.rounds ?? []);
  return figures.map((figure) => {
    const own = median(figure.rounds);
    return {
      ...figure,
      median: own,
      min: Math.min(...figure.rounds),
      max: Math.max(...figure.rounds),
      ratio: own / base,
    };
  });
}

/** A measurement's figures as a table for a terminal. */
export function printSummaries(unit: string, summaries: readonly Summary[]): string[] {
  const facts = [...new Set(summaries.flatMap(({ facts: counted }) => Object.keys(counted)))];
  const head = [`in ${unit}`, "median", "min", "max", "ratio", "rounds", ...facts];
  const number = (value: number | undefined): string =>
    value === undefined ? "" : Number.isInteger(value) ? String(value) : value.toFixed(2);
  const rows = summaries.map((summary) => [
    summary.name,
    ...[summary.median, summary.min, summary.max, summary.ratio].map((value) => value.toFixed(2)),
    String(summary.rounds.length),
    ...facts.map((fact) => number(summary.facts[fact])),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)),
  );
  return [head, ...rows].map((cells) =>
    cells
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
}
