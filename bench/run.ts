import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus } from "node:os";
import { readFlags, runCommand, UsageError } from "../cli/shared/flags.ts";
import { withTables } from "./docs-tables.ts";
import { type Measurement, type Report, reached, runMeasurement } from "./measurement.ts";
import { coldStart } from "./measurements/cold-start.ts";
import { compiling } from "./measurements/compiling.ts";
import { deciding } from "./measurements/deciding.ts";
import { files } from "./measurements/files.ts";
import { growth } from "./measurements/growth.ts";
import { localGateway } from "./measurements/local-gateway.ts";
import { memory } from "./measurements/memory.ts";
import { publishing } from "./measurements/publish.ts";
import { warmFreshToken, warmRepeatedToken } from "./measurements/warm-tokens.ts";
import { installPeers } from "./peers.ts";
import { drawPicture } from "./picture.ts";
import { printReached, printSummaries } from "./print.ts";
import type { Measured, ReportedResult, Results } from "./results.ts";
import { scale } from "./scale/report.ts";

/** One a file. */
const ALL: readonly (Measurement | Report)[] = [
  coldStart,
  warmFreshToken,
  warmRepeatedToken,
  deciding,
  compiling,
  growth,
  memory,
  localGateway,
  files,
  publishing,
  scale,
];

const RESULTS = new URL("results.json", import.meta.url);
const PICTURE = new URL("results.svg", import.meta.url);
const DOCS = new URL("../docs/", import.meta.url);

const USAGE = `npm run bench [-- [--quick | --docs] [NAME …]]

Measures in interleaved rounds, prints median, smallest and largest of them and the ratio to the first line, and
writes all to bench/results.json and a picture of it to bench/results.svg. Nothing fails for being slow: compare
ratios, on a quiet machine.
  --quick  small loads, to see that everything still runs
  --docs   of a whole run: writes docs/images/bench.svg and the tables in docs/bench.md too

${ALL.map(({ name, about }) => `  ${name.padEnd(20)} ${about}`).join("\n")}`;

await runCommand(USAGE, async () => {
  const flags = {
    quick: { type: "boolean", default: false },
    docs: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values, positionals } = readFlags(process.argv.slice(2), flags, true);
  if (values.help === true) {
    say(USAGE);
    return 0;
  }
  if (values.docs && (values.quick || positionals.length > 0))
    throw new UsageError("--docs is for a whole run: leave out --quick and the names");
  const wanted = chosen(positionals);
  if (wanted.some((each) => "prepare" in each)) installPeers();
  const at = new Date().toISOString();
  const results: Results["results"][number][] = [];
  for (const each of wanted) {
    say(`\n${each.name}: ${each.about}`);
    results.push(
      "report" in each ? await runReport(each, values.quick) : await runRounds(each, values.quick),
    );
  }
  const machine = { node: process.version, arch: arch(), cpus: cpus().map(({ model }) => model) };
  write({ at, quick: values.quick, machine, results }, values.docs);
  return 0;
});

function write(results: Results, intoDocs: boolean): void {
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  const picture = drawPicture(results);
  writeFileSync(PICTURE, picture);
  say("\nbench/results.json has all rounds, bench/results.svg is their picture");
  if (!intoDocs) return;
  mkdirSync(new URL("images/", DOCS), { recursive: true });
  writeFileSync(new URL("images/bench.svg", DOCS), picture);
  const page = new URL("bench.md", DOCS);
  writeFileSync(page, withTables(readFileSync(page, "utf8"), results));
}

function chosen(names: readonly string[]): readonly (Measurement | Report)[] {
  const unknown = names.find((name) => !ALL.some((known) => known.name === name));
  if (unknown !== undefined) throw new UsageError(`there is no measurement "${unknown}"`);
  return names.length === 0 ? ALL : ALL.filter(({ name }) => names.includes(name));
}

async function runRounds(measurement: Measurement, quick: boolean): Promise<Measured> {
  const { name, about, unit } = measurement;
  const summaries = await runMeasurement(measurement, quick);
  for (const line of printSummaries(unit, summaries)) say(line);
  const goals = reached(measurement.reaches ?? [], summaries);
  for (const goal of goals) say(printReached(goal));
  return { name, about, unit, summaries, goals };
}

async function runReport({ report, ...about }: Report, quick: boolean): Promise<ReportedResult> {
  const { lines, rows } = await report(quick);
  for (const line of lines) say(line);
  return { ...about, rows };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
