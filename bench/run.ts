import { writeFileSync } from "node:fs";
import { arch, cpus } from "node:os";
import { readFlags, runCommand, UsageError } from "../scripts/lib/flags.ts";
import { decisionByTenants } from "./decision-by-tenants.ts";
import { type Measurement, type Report, reached, runMeasurement } from "./measurement.ts";
import { installPeers } from "./peers.ts";
import { printReached, printSummaries } from "./print.ts";
import { publishing } from "./publish.ts";
import { scale } from "./scale/report.ts";

/** One a file. */
const ALL: readonly (Measurement | Report)[] = [decisionByTenants, publishing, scale];

const RESULTS = new URL("results.json", import.meta.url);

const USAGE = `npm run bench [-- [--quick] [NAME …]]

Measures in interleaved rounds, prints median, smallest and largest of them and the ratio to the first line, and
writes all to bench/results.json. Nothing fails for being slow: compare ratios, on a quiet machine.
  --quick  small loads, to see that everything still runs

${ALL.map(({ name, about }) => `  ${name.padEnd(20)} ${about}`).join("\n")}`;

await runCommand(USAGE, async () => {
  const flags = {
    quick: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values, positionals } = readFlags(process.argv.slice(2), flags, true);
  if (values.help === true) {
    say(USAGE);
    return 0;
  }
  const wanted = chosen(positionals);
  if (wanted.some((each) => "prepare" in each)) installPeers();
  const results: Record<string, unknown>[] = [];
  for (const each of wanted) {
    say(`\n${each.name}: ${each.about}`);
    results.push(
      "report" in each ? await runReport(each, values.quick) : await runRounds(each, values.quick),
    );
  }
  const machine = { node: process.version, arch: arch(), cpus: cpus().map(({ model }) => model) };
  const all = { at: new Date().toISOString(), quick: values.quick, machine, results };
  writeFileSync(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
  say("\nbench/results.json has all rounds");
  return 0;
});

function chosen(names: readonly string[]): readonly (Measurement | Report)[] {
  const unknown = names.find((name) => !ALL.some((known) => known.name === name));
  if (unknown !== undefined) throw new UsageError(`there is no measurement "${unknown}"`);
  return names.length === 0 ? ALL : ALL.filter(({ name }) => names.includes(name));
}

async function runRounds(measurement: Measurement, quick: boolean): Promise<Record<string, unknown>> {
  const { name, about, unit } = measurement;
  const summaries = await runMeasurement(measurement, quick);
  for (const line of printSummaries(unit, summaries)) say(line);
  const goals = reached(measurement.reaches ?? [], summaries);
  for (const goal of goals) say(printReached(goal));
  return { name, about, unit, summaries, goals };
}

async function runReport({ name, about, report }: Report, quick: boolean): Promise<Record<string, unknown>> {
  const { lines, rows } = await report(quick);
  for (const line of lines) say(line);
  return { name, about, rows };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
