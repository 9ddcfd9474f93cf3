import type { Table } from "./format.ts";
import type { Run } from "./scenarios.ts";
import { assumptionsTable, pricesTable, quotaSourcesTable } from "./tables-of-inputs.ts";
import { monthsTable, quotasTable } from "./tables-of-limits.ts";
import { cachingTable, memoryTable, partsTable } from "./tables-of-settings.ts";
import { daysTable, kindsTable, ratesTable, warmthTable } from "./tables-of-traffic.ts";

/** The tables of docs/scale.md, by the names of their places there. */
const TABLES: Readonly<Record<string, (run: Run) => Table>> = {
  caching: cachingTable,
  memory: memoryTable,
  parts: partsTable,
  rates: ratesTable,
  kinds: kindsTable,
  days: daysTable,
  warmth: warmthTable,
  quotas: quotasTable,
  months: monthsTable,
  prices: pricesTable,
  assumptions: assumptionsTable,
  "quota-sources": quotaSourcesTable,
};

const begin = (name: string): string => `<!-- simulated: ${name}; npx tsx bench/scale/write-docs.ts -->`;
const END = "<!-- end -->";

/** A document with its tables renewed. @throws Error where a place is missing */
export function withTables(text: string, run: Run): string {
  return Object.entries(TABLES).reduce((renewed, [name, table]) => {
    const from = renewed.indexOf(begin(name));
    const to = renewed.indexOf(END, from);
    if (from < 0 || to < 0) throw new Error(`docs/scale.md has no place for ${name}`);
    return `${renewed.slice(0, from)}${begin(name)}\n${markdown(table(run))}\n${renewed.slice(to)}`;
  }, text);
}

function markdown([head = [], ...rows]: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
