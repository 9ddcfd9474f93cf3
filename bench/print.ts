import type { Reached, Summary } from "./measurement.ts";

/** A measurement's summaries as a table for a terminal. */
export function printSummaries(unit: string, summaries: readonly Summary[]): string[] {
  const facts = [...new Set(summaries.flatMap(({ facts: seen }) => Object.keys(seen)))];
  const head = [`in ${unit}`, "median", "min", "max", "ratio", ...facts];
  const rows = summaries.map((summary) => [
    summary.group === "" ? summary.name : `${summary.group}: ${summary.name}`,
    ...[summary.median, summary.min, summary.max, summary.ratio].map(number),
    ...facts.map((fact) => number(summary.facts[fact])),
  ]);
  return alignColumns([head, ...rows]);
}

/** Three figures that count, and no more. */
export function number(value: number | undefined): string {
  if (value === undefined) return "";
  if (Number.isInteger(value)) return value.toLocaleString("en");
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** The first column to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  return rows.map((cells) =>
    cells
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
}

/** A goal's line: whether it was reached, and by what. */
export function printReached({ name, of, group, atMost, ratio }: Reached): string {
  const where = group === undefined ? "" : `${group}: `;
  const mark = ratio <= atMost ? "reached" : "NOT reached";
  return `${mark}: ${where}${name} at most ${atMost} × ${of}: ${number(ratio)}`;
}
