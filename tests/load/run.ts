import { readFlags, runCommand, UsageError, wholeNumber } from "../../cli/shared/flags.ts";
import type { ApiContext } from "../oracle/naive-model.ts";
import { createReport, type Report } from "../terraform/moto/support/report.ts";
import { checkIdentitySources } from "./definitions.ts";
import { type MemoryResult, MOST_GROWTH, measureMemory } from "./memory.ts";
import { runPhase } from "./phase.ts";
import { random } from "./random.ts";
import { missing, phaseLine } from "./requirements.ts";
import { createTally, type Tally } from "./tally.ts";
import { makeWorld } from "./world.ts";

const USAGE = `npm run test:load -- [--seconds N] [--tokens N] [--seed N] [--full]

Runs the local stack under traffic of a hundred tenants in each caching mode, with faults, and compares every
answer with a model; then sends distinct tokens through an authorizer and measures its memory.
  --seconds  of traffic, all modes together (default 60; a little more where a mode's faults take longer)
  --tokens   distinct tokens (default 100000)
  --seed     of everything that is random (default 1)
  --full     300 s and a million tokens`;

const FLAGS = {
  seconds: { type: "string" },
  tokens: { type: "string" },
  seed: { type: "string", default: "1" },
  full: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Every mode that caches with and without a tenant's header, and the one that does not. */
const PHASES: readonly ApiContext[] = [
  { mode: "token", selector: "claim" },
  { mode: "token", selector: "header" },
  { mode: "route", selector: "claim" },
  { mode: "route", selector: "header" },
  { mode: "off", selector: "header" },
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), FLAGS);
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const sizes = values.full ? { seconds: "300", tokens: "1000000" } : { seconds: "60", tokens: "100000" };
  const seconds = wholeNumber("seconds", values.seconds ?? sizes.seconds, 20, 3_600);
  const tokens = wholeNumber("tokens", values.tokens ?? sizes.tokens, 60_000, 10_000_000);
  const seed = wholeNumber("seed", values.seed, 0, 1_000_000);
  if (values.full && (values.seconds ?? values.tokens) !== undefined)
    throw new UsageError("--full sets --seconds and --tokens itself");
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const report = createReport(say);
  say(`Seed ${seed}`);
  await report.check("every authorizer's cache is keyed by group, token, tenant's header and route", () =>
    checkIdentitySources(makeWorld(100, random(seed))),
  );
  await underTraffic(report, seconds / PHASES.length, seed);
  await underTokens(report, tokens, seed);
  return report.end();
});

async function underTraffic(report: Report, seconds: number, seed: number): Promise<void> {
  const all = createTally();
  for (const [index, around] of PHASES.entries()) {
    const name = `${around.mode}, tenant by ${around.selector}`;
    await report.check(`${name}: the stack runs to the end`, async () => {
      const tally = await runPhase({ around, seconds, seed: seed + 100 * index });
      say(phaseLine(name, tally));
      judge(report, name, tally, around);
      all.add(tally);
    });
  }
  say(["All modes:", ...[...all.counts].map(([what, count]) => `  ${count} × ${what}`)].join("\n"));
  report.count("each kind of expectation and each fault was met", missing(all));
}

function judge(report: Report, name: string, tally: Tally, around: ApiContext): void {
  const { context, status } = tally.failures;
  report.count(`${name}: no answer has another's context`, problem(context, tally.of("context compared")));
  report.count(`${name}: every status is the modelled one`, problem(status, tally.of("answered right")));
  const hits = tally.of("authorizer cache: hit");
  const calls = tally.of(`authorizer cache: ${around.mode === "off" ? "off" : "miss"}`);
  const isUsed = around.mode === "off" ? hits === 0 && calls > 0 : hits > 0 && calls > 0;
  report.count(
    `${name}: the cache is used as the mode says`,
    isUsed ? undefined : `${hits} hits, ${calls} calls`,
  );
}

function problem(failures: readonly string[], checked: number): string | undefined {
  if (failures.length > 0) return failures.join("\n");
  return checked > 0 ? undefined : "nothing was compared";
}

async function underTokens(report: Report, tokens: number, seed: number): Promise<void> {
  await report.check(`memory is flat after ${tokens} distinct tokens`, async () => {
    const result = await measureMemory(tokens, seed);
    say(memoryLine(result));
    if (result.wrong.length > 0) throw new Error(result.wrong.join("\n"));
    if ((result.outcomes["allowed"] ?? 0) < tokens / 2) throw new Error("Most tokens were not accepted");
    const [first, ...later] = result.points.map(({ bytes }) => bytes);
    if (first === undefined || later.length === 0) throw new Error("Nothing was measured");
    const growth = Math.max(...later) - first;
    if (growth > MOST_GROWTH) throw new Error(`The heap grew by ${growth} bytes: at most ${MOST_GROWTH}`);
  });
}

function memoryLine({ tokens, outcomes, points, seconds }: MemoryResult): string {
  const heap = points.map(({ share, bytes }) => `${(bytes / 1e6).toFixed(1)} MB at ${share * 100} %`);
  const answers = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  return `${tokens} distinct tokens in ${seconds} s: ${answers.join(", ")}; heap ${heap.join(", ")}`;
}
