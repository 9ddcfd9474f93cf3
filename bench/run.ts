import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus } from "node:os";
import { readFlags, runCommand, UsageError } from "../cli/shared/flags.ts";
import { installPeers } from "./install-peers.ts";
import { checkGoals, type Measurement, type Report, runMeasurement } from "./measurement.ts";
import { coldStart } from "./measurements/cold-start.ts";
import { command } from "./measurements/command.ts";
import { compiling } from "./measurements/compiling.ts";
import { deciding } from "./measurements/deciding.ts";
import { files } from "./measurements/files.ts";
import { growth } from "./measurements/growth.ts";
import { importing } from "./measurements/import.ts";
import { localGateway } from "./measurements/local-gateway.ts";
import { memory } from "./measurements/memory.ts";
import { publishing } from "./measurements/publish.ts";
import { scale } from "./measurements/scale.ts";
import { warmFreshToken } from "./measurements/warm-tokens.ts";
import { withTables } from "./report/docs-tables.ts";
import { drawPicture } from "./report/picture.ts";
import { formatGoal, formatSummaries } from "./report/print.ts";
import type { MeasurementResult, ReportResult, Results } from "./report/results.ts";

const ALL: readonly (Measurement | Report)[] = [
  coldStart,
  warmFreshToken,
  deciding,
  compiling,
  growth,
  memory,
  localGateway,
  files,
  command,
  publishing,
  importing,
  scale,
];

const RESULTS = new URL("results.json", import.meta.url);
const PICTURE = new URL("results.svg", import.meta.url);
const DOCS = new URL("../docs/", import.meta.url);

const USAGE = `npm run bench [-- [--quick | --docs] [NAME …]]

Measures in interleaved rounds. Prints the median, the minimum and the maximum of the rounds, and the ratio to the
first case. Writes all results to bench/results.json and a picture of them to bench/results.svg. A slow result is not
an error: compare ratios, on a machine that does nothing else.
  --quick  uses small loads, to check that everything still runs
  --docs   also writes docs/images/bench.svg and the tables in docs/bench.md; only for a whole run

${ALL.map(({ name, about }) => `  ${name.padEnd(20)} ${about}`).join("\n")}`;

await runCommand(USAGE, async () => {
  const flags = {
    quick: { type: "boolean", default: false },
    docs: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values, positionals } = readFlags(process.argv.slice(2), flags, true);
  if (values.help === true) {
    print(USAGE);
    return 0;
  }
  if (values.docs && (values.quick || positionals.length > 0))
    throw new UsageError("--docs needs a whole run: remove --quick and the names");
  const selected = select(positionals);
  if (selected.some((each) => "prepare" in each)) installPeers();
  const at = new Date().toISOString();
  const results: Results["results"][number][] = [];
  for (const each of selected) {
    print(`\n${each.name}: ${each.about}`);
    results.push(
      "report" in each ? await runReport(each, values.quick) : await runRounds(each, values.quick),
    );
  }
  const machine = { node: process.version, arch: arch(), cpus: cpus().map(({ model }) => model) };
  write({ at, quick: values.quick, machine, results }, values.docs);
  return 0;
});

function write(results: Results, updateDocs: boolean): void {
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  const picture = drawPicture(results);
  writeFileSync(PICTURE, picture);
  print("\nAll rounds are in bench/results.json, and a picture of them is in bench/results.svg");
  if (!updateDocs) return;
  mkdirSync(new URL("images/", DOCS), { recursive: true });
  writeFileSync(new URL("images/bench.svg", DOCS), picture);
  const page = new URL("bench.md", DOCS);
  writeFileSync(page, withTables(readFileSync(page, "utf8"), results));
}

function select(names: readonly string[]): readonly (Measurement | Report)[] {
  const unknown = names.find((name) => !ALL.some((each) => each.name === name));
  if (unknown !== undefined)
    throw new UsageError(`"${unknown}" is not a measurement: use one of the names below, or none`);
  return names.length === 0 ? ALL : ALL.filter(({ name }) => names.includes(name));
}

async function runRounds(measurement: Measurement, quick: boolean): Promise<MeasurementResult> {
  const { name, about, unit } = measurement;
  const summaries = await runMeasurement(measurement, quick);
  for (const line of formatSummaries(unit, summaries)) print(line);
  const goals = checkGoals(measurement.goals ?? [], summaries);
  for (const goal of goals) print(formatGoal(goal));
  return { name, about, unit, summaries, goals };
}

async function runReport({ report, ...about }: Report, quick: boolean): Promise<ReportResult> {
  const { lines, rows } = await report(quick);
  for (const line of lines) print(line);
  return { ...about, rows };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
