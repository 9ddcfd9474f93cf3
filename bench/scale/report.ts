import type { Report } from "../measurement.ts";
import { alignColumns } from "../print.ts";
import type { Table } from "./format.ts";
import { rowsOf } from "./rows.ts";
import { type Run, scenarios } from "./scenarios.ts";
import { quotasTable } from "./tables-of-limits.ts";
import { cachingTable, partsTable } from "./tables-of-settings.ts";
import { daysTable, kindsTable, ratesTable } from "./tables-of-traffic.ts";

const PRINTED: readonly (readonly [title: string, table: (run: Run) => Table])[] = [
  ["Of a million requests, at 1,000 a second:", cachingTable],
  ["US dollars for a million requests, at 1,000 a second:", partsTable],
  ["By rate:", ratesTable],
  ["By traffic, at 1,000 a second:", kindsTable],
  ["By day:", daysTable],
  ["Where quotas are not enough, in requests a second, and what would be:", quotasTable],
];

/** Calls, reads, staleness and money of a deployment, simulated; docs/scale.md tells what of. */
export const scale: Report = {
  name: "scale",
  about: "calls, table reads, cold starts, staleness and cost by caching mode, TTL and rate, simulated",
  report(quick) {
    const run = scenarios(quick);
    const lines = PRINTED.flatMap(([title, table]) => [
      "",
      title,
      ...alignColumns(table(run)).map((line) => line.replaceAll(/[`*]/g, "")),
    ]);
    return Promise.resolve({ lines, rows: rowsOf(run) });
  },
};
