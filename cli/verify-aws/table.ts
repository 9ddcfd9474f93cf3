import type { ProbeResult } from "./probe.ts";

const WIDTHS = [34, 44, 34, 36];
const HEAD = ["question", "observed", "Portcullis assumed", "result, and what to set"];

/** Formats the findings as a table of fixed width, with line breaks in cells. */
export function printTable(results: readonly ProbeResult[]): string[] {
  const rows = results.map(({ probe, finding }) => [
    probe.question,
    finding.observed,
    probe.assumed,
    `${finding.verdict === "open" ? "OPEN" : finding.verdict}${finding.setting === null ? "" : `: ${finding.setting}`}`,
  ]);
  const rule = WIDTHS.map((width) => "-".repeat(width)).join("-+-");
  return [...printRow(HEAD), rule, ...rows.flatMap((row) => [...printRow(row), rule])];
}

function printRow(cells: readonly string[]): string[] {
  const columns = cells.map((cell, index) => wrap(cell, WIDTHS[index] ?? 0));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((lines, index) => (lines[line] ?? "").padEnd(WIDTHS[index] ?? 0))
      .join(" | ")
      .trimEnd(),
  );
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ").flatMap((one) => pieces(one, width))) {
    const last = lines.at(-1) ?? "";
    if (last === "") lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const pieces = (word: string, width: number): string[] =>
  word.length <= width ? [word] : [word.slice(0, width), ...pieces(word.slice(width), width)];

/** Summarizes the findings in one line. */
export function summary(results: readonly ProbeResult[]): string {
  const count = (verdict: string): number =>
    results.filter(({ finding }) => finding.verdict === verdict).length;
  const open = count("open");
  const rest = `${count("as assumed")} as assumed, ${count("differs")} different but closed, ${count("unclear")} unclear`;
  return open === 0 ? `Nothing is open: ${rest}` : `${open} OPEN: apply the settings in the table; ${rest}`;
}
