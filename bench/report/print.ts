import type { GoalResult, Summary } from "../measurement.ts";

/** Formats a measurement's summaries as a table for the terminal. */
export function formatSummaries(unit: string, summaries: readonly Summary[]): string[] {
  const facts = [...new Set(summaries.flatMap((summary) => Object.keys(summary.facts)))];
  const head = [`in ${unit}`, "median", "min", "max", "ratio", ...facts];
  const rows = summaries.map((summary) => [
    summary.group === "" ? summary.name : `${summary.group}: ${summary.name}`,
    ...[summary.median, summary.min, summary.max, summary.ratio].map(formatNumber),
    ...facts.map((fact) => formatNumber(summary.facts[fact])),
  ]);
  return alignColumns([head, ...rows]);
}

/** Formats a number with three significant digits; whole numbers keep all of theirs. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined) return "";
  if (Number.isInteger(value)) return value.toLocaleString("en");
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** Aligns the first column to the left and the others to the right. */
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

/** Formats a goal as one line: whether it was reached, and the measured ratio. */
export function formatGoal({ name, of, group, atMost, ratio }: GoalResult): string {
  const where = group === undefined ? "" : `${group}: `;
  const mark = ratio <= atMost ? "reached" : "NOT reached";
  const goal = of === null ? `${atMost}` : `${atMost} × ${of}`;
  return `${mark}: ${where}${name} at most ${goal}: ${formatNumber(ratio)}`;
}
