import { writeFileSync } from "node:fs";
import { arch, cpus } from "node:os";
import { readFlags, runCommand, UsageError } from "../scripts/lib/flags.ts";
import { decisionByTenants } from "./decision-by-tenants.ts";
import { type Measurement, printSummaries, summarize } from "./measurement.ts";
import { publishing } from "./publish.ts";

/** One measurement a file. */
const MEASUREMENTS: readonly Measurement[] = [decisionByTenants, publishing];

const RESULTS = new URL("results.json", import.meta.url);

const USAGE = `npm run bench [-- [--quick] [NAME …]]

Measures, one after the other, prints median, smallest and largest of the rounds and the ratio to the first line,
and writes them to bench/results.json. Nothing fails for being slow: compare ratios, on a quiet machine.
  --quick  small loads, to see that everything still runs

${MEASUREMENTS.map(({ name, about }) => `  ${name.padEnd(20)} ${about}`).join("\n")}`;

await runCommand(USAGE, async () => {
  const flags = {
    quick: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values, positionals } = readFlags(process.argv.slice(2), flags, true);
  if (values.help === true) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const results: Record<string, unknown>[] = [];
  for (const { name, about, unit, run } of chosen(positionals)) {
    process.stdout.write(`\n${name}: ${about}\n`);
    const figures = summarize(await run(values.quick));
    process.stdout.write(`${printSummaries(unit, figures).join("\n")}\n`);
    results.push({ name, about, unit, figures });
  }
  const machine = { node: process.version, arch: arch(), cpus: cpus().length };
  const all = { at: new Date().toISOString(), quick: values.quick, machine, results };
  writeFileSync(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
  process.stdout.write("\nbench/results.json has all rounds\n");
  return 0;
});

function chosen(names: readonly string[]): readonly Measurement[] {
  const unknown = names.find((name) => !MEASUREMENTS.some((known) => known.name === name));
  if (unknown !== undefined) throw new UsageError(`there is no measurement "${unknown}"`);
  return names.length === 0 ? MEASUREMENTS : MEASUREMENTS.filter(({ name }) => names.includes(name));
}
