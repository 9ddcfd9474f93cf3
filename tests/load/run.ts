import { readFlags, runCommand, UsageError, wholeNumber } from "../../cli/shared/flags.ts";
import { print } from "../../cli/shared/output.ts";
import type { ApiContext } from "../oracle/naive-model.ts";
import { createReport, type Report } from "../terraform/moto/support/report.ts";
import { checkIdentitySources } from "./definitions.ts";
import { type IssuersResult, measureIssuers } from "./many-issuers.ts";
import {
  FUNCTION_MB,
  MAX_GROWTH,
  MAX_RESIDENT_GROWTH,
  type MemoryResult,
  measureMemory,
  type Percentiles,
} from "./memory.ts";
import { runPhase } from "./phase.ts";
import { random } from "./random.ts";
import { missing, phaseLine } from "./requirements.ts";
import { createTally, type Tally } from "./tally.ts";
import { makeWorld } from "./world.ts";

const USAGE = `npm run test:load -- [--seconds N] [--tokens N] [--seed N] [--full]

Runs the local stack under traffic of a hundred tenants in each caching mode, with faults, and compares every
response with a model. Then sends distinct tokens of a hundred thousand tenants through the authorizer's bundle in
a process with the memory of a function of 256 MB, some of them large and in many spellings, and measures its memory and
what another tenant's requests take meanwhile. Then the same with ten thousand issuers of the table, and tokens of
unknown issuers.
  --seconds  duration of the traffic in all modes together (default 60; longer if the faults of a mode take longer)
  --tokens   number of distinct tokens, and of unknown issuers (default 100000)
  --seed     seed of all random choices (default 1)
  --full     300 s and a million tokens`;

const FLAGS = {
  seconds: { type: "string" },
  tokens: { type: "string" },
  seed: { type: "string", default: "1" },
  full: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** The caching modes, with and without a tenant's header, and mode off. */
const PHASES: readonly ApiContext[] = [
  { mode: "token", selector: "claim" },
  { mode: "token", selector: "header" },
  { mode: "route", selector: "claim" },
  { mode: "route", selector: "header" },
  { mode: "off", selector: "header" },
];

const KNOWN_ISSUERS = 10_000;

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), FLAGS);
  if (values.help) return print(USAGE);
  const sizes = values.full ? { seconds: "300", tokens: "1000000" } : { seconds: "60", tokens: "100000" };
  const seconds = wholeNumber("seconds", values.seconds ?? sizes.seconds, 20, 3_600);
  const tokens = wholeNumber("tokens", values.tokens ?? sizes.tokens, 80_000, 10_000_000);
  const seed = wholeNumber("seed", values.seed, 0, 1_000_000);
  if (values.full && (values.seconds ?? values.tokens) !== undefined)
    throw new UsageError("--full sets --seconds and --tokens: omit both");
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const report = createReport(print);
  print(`Seed ${seed}`);
  await report.check("every authorizer's cache key has group, token, tenant header and route", () =>
    checkIdentitySources(makeWorld(100, random(seed))),
  );
  await underTraffic(report, seconds / PHASES.length, seed);
  await underTokens(report, tokens, seed);
  await underIssuers(report, tokens);
  return report.end();
});

async function underTraffic(report: Report, seconds: number, seed: number): Promise<void> {
  const all = createTally();
  for (const [index, context] of PHASES.entries()) {
    const name = `${context.mode}, tenant by ${context.selector}`;
    await report.check(`${name}: the stack runs to the end`, async () => {
      const tally = await runPhase({ context, seconds, seed: seed + 100 * index });
      print(phaseLine(name, tally));
      reportPhase(report, name, tally, context);
      all.add(tally);
    });
  }
  print(["All modes:", ...[...all.counts].map(([what, count]) => `  ${count} × ${what}`)]);
  report.count("each kind of response and each fault occurred", missing(all));
}

function reportPhase(report: Report, name: string, tally: Tally, { mode }: ApiContext): void {
  const { context, status } = tally.failures;
  const compared = tally.of("context compared");
  report.count(`${name}: no response has another caller's context`, problem(context, compared));
  report.count(`${name}: every status is as in the model`, problem(status, tally.of("correct")));
  const hits = tally.of("authorizer cache: hit");
  const calls = tally.of(`authorizer cache: ${mode === "off" ? "off" : "miss"}`);
  const isUsed = mode === "off" ? hits === 0 && calls > 0 : hits > 0 && calls > 0;
  report.count(
    `${name}: the cache is used according to the mode`,
    isUsed ? undefined : `${hits} hits, ${calls} calls`,
  );
}

function problem(failures: readonly string[], checked: number): string | undefined {
  if (failures.length > 0) return failures.join("\n");
  return checked > 0 ? undefined : "no response was compared";
}

async function underTokens(report: Report, tokens: number, seed: number): Promise<void> {
  await report.check(`memory does not grow after ${tokens} distinct tokens`, async () => {
    const result = await measureMemory(tokens, seed);
    print(memoryLine(result));
    if (result.wrong.length > 0) throw new Error(result.wrong.join("\n"));
    const { peak, otherTenant } = result;
    if (peak > FUNCTION_MB * 1_048_576)
      throw new Error(`The process took ${peak} bytes, more than a function of ${FUNCTION_MB} MB has`);
    if (otherTenant.every(({ otherwise, meanwhile }) => meanwhile > 2 * otherwise))
      throw new Error(`Another tenant's p99 grew, ${percentilesLine(otherTenant)}`);
    if ((result.outcomes["allowed"] ?? 0) < tokens / 2) throw new Error("Most tokens were rejected");
    const [first, ...later] = result.points.map(({ bytes }) => bytes);
    if (first === undefined || later.length === 0) throw new Error("Nothing was measured");
    const growth = Math.max(...later) - first;
    if (growth > MAX_GROWTH)
      throw new Error(`The heap grew by ${growth} bytes, but at most ${MAX_GROWTH} are allowed`);
    const [full = 0, ...after] = result.points.map(({ resident }) => resident);
    const grown = Math.max(...after) - full;
    if (grown > MAX_RESIDENT_GROWTH)
      throw new Error(`The process grew by ${grown} bytes, but at most ${MAX_RESIDENT_GROWTH} are allowed`);
  });
}

async function underIssuers(report: Report, unknown: number): Promise<void> {
  await report.check(`${unknown} unknown issuers neither fill the memory nor delay known ones`, async () => {
    const result = await measureIssuers(KNOWN_ISSUERS, unknown);
    print(issuersLine(result));
    const { wrong, reads, points, peak, known } = result;
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
    if (reads.unknown > reads.allowed)
      throw new Error(
        `Unknown issuers caused ${reads.unknown} reads, but at most ${reads.allowed} are allowed`,
      );
    if (reads.known > 0) throw new Error(`Known issuers were read again ${reads.known} times`);
    if (peak > FUNCTION_MB * 1_048_576)
      throw new Error(`The process took ${peak} bytes, more than a function of ${FUNCTION_MB} MB has`);
    const [first = 0, ...later] = points.map(({ bytes }) => bytes);
    if (Math.max(...later) - first > MAX_GROWTH)
      throw new Error(`The heap grew from ${first} to ${Math.max(...later)} bytes`);
    if (known.every(({ otherwise, meanwhile }) => meanwhile > 1.2 * otherwise))
      throw new Error(`A known issuer's p99 grew, ${percentilesLine(known)}`);
  });
}

function issuersLine({
  issuers,
  unknown,
  outcomes,
  reads,
  points,
  peak,
  known,
  seconds,
}: IssuersResult): string {
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  const heap = points.map(({ share, bytes }) => `${megabytes(bytes)} at ${share * 100} %`);
  return `${issuers} issuers and ${unknown} unknown ones in ${seconds} s: ${counts.join(", ")}; ${reads.unknown} reads of unknown issuers of ${reads.allowed}; heap ${heap.join(", ")}; peak ${megabytes(peak)}; a known issuer's p99 ${percentilesLine(known)}`;
}

function percentilesLine(parts: readonly Percentiles[]): string {
  return parts
    .map(({ otherwise, meanwhile }) => `${meanwhile} ms of CPU instead of ${otherwise} ms`)
    .join(", then ");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function memoryLine({ tokens, outcomes, points, otherTenant, peak, seconds }: MemoryResult): string {
  const heap = points.map(
    ({ share, bytes, resident }) =>
      `${megabytes(bytes)} of ${megabytes(resident)} resident at ${share * 100} %`,
  );
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  return `${tokens} distinct tokens in ${seconds} s: ${counts.join(", ")}; heap ${heap.join(", ")}; peak ${megabytes(peak)}; another tenant's p99 ${percentilesLine(otherTenant)}`;
}
