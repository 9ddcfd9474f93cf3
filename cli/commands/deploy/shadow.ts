import { CandidateError } from "../../../core/policy-files/publish/candidate.ts";
import {
  type ShadowChange,
  type ShadowReport,
  shadowReport,
} from "../../../core/policy-files/replay/shadow-report.ts";
import { readLog } from "../../explain/read-log.ts";
import { candidateIn } from "../../publish/candidate.ts";
import { withdrawCandidate } from "../../publish/publish-candidate.ts";
import { runPublish, withTable } from "../../publish/run-publish.ts";
import type { Command } from "../../shared/command.ts";
import { readFlags, UsageError } from "../../shared/flags.ts";
import { tableClient, tableFlag } from "../../table/client.ts";
import { PUBLISH_FLAGS, publishOptions } from "./publish.ts";

const USAGE = `npx portcullis shadow --log FILE [--log …] [--json]
npx portcullis shadow --promote --table NAME [--dry-run] [--force] [--flush API_ID/STAGE] [--settle SECONDS] [--json]
npx portcullis shadow --clear --table NAME [--force]

A candidate is published with publish --shadow, and decided beside what is live where Terraform's authorizer.shadow
(npx portcullis start --shadow DIR) says so. Callers see nothing of it.
  --log      tells what it would take and give, by tenant, roles and route, from the authorizer's decision lines
             (- is standard input)
  --promote  publishes it as the live state, as publish does, and takes it out of the table
  --clear    takes it out of the table
Exit status 0: it changes nothing for those who asked, or done; 1: it does, or not done; 2: wrong use.`;

export const shadow: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, {
    ...PUBLISH_FLAGS,
    log: { type: "string", multiple: true, default: [] },
    promote: { type: "boolean", default: false },
    clear: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return print([USAGE], 0);
  const asked = [values.log.length > 0, values.promote, values.clear].filter(Boolean);
  if (asked.length !== 1) throw new UsageError("name one of --log, --promote and --clear");
  if (values.log.length > 0) return tell(shadowReport(await readLog(values.log)), values.json);
  const table = tableFlag(values.table);
  const { force } = values;
  if (values.clear) return withTable(table, () => withdrawCandidate({ table, force }));
  const options = publishOptions(values);
  return withTable(table, () => promote({ ...options, table }));
}

/** By the machinery of publish: what narrows first, one version more, and nothing but what files own. */
async function promote(options: ReturnType<typeof publishOptions> & { table: string }): Promise<number> {
  const { table, force, dryRun } = options;
  const candidate = await readCandidateOf(table);
  if (candidate === undefined) return fail(`${table} has no candidate: publish --shadow puts one there`);
  if (typeof candidate === "string") return fail(candidate);
  const { items, state, environment, commit, dirty } = candidate;
  const version = { environment, made: `candidate ${state}`, commit, dirty };
  const status = await runPublish(items, {
    ...options,
    version,
    restores: false,
    epilogue: () => [
      "Bring the live files to the candidate's state too: else the next publish or apply undoes this",
    ],
  });
  return status !== 0 || dryRun ? status : withdrawCandidate({ table, force });
}

async function readCandidateOf(table: string) {
  const client = tableClient(process.env, 5);
  try {
    return await candidateIn(client, table);
  } catch (error) {
    if (error instanceof CandidateError) return error.message;
    throw error;
  } finally {
    client.destroy();
  }
}

function tell(report: ShadowReport, json: boolean): number {
  const changes = report.lost.length + report.gained.length;
  if (json) return print([JSON.stringify(report, null, 2)], changes > 0 ? 1 : 0);
  return print(asLines(report), changes > 0 ? 1 : 0);
}

function asLines(report: ShadowReport): string[] {
  const { candidate, compared, different, others, without, lost, gained, cut, errors } = report;
  const left = [
    ...(others > 0 ? [`${plural(others, "decision")} of other candidates left out`] : []),
    ...(without > 0 ? [`${plural(without, "decision")} not compared with any`] : []),
    ...(cut > 0 ? [`${plural(cut, "decision")} with more routes than a line holds`] : []),
    ...errors.map(
      ({ error, count }) => `${plural(count, "decision")} that the candidate did not make: ${error}`,
    ),
  ];
  if (candidate === null)
    return [
      ...left,
      "No decision line tells of a candidate: publish one with --shadow, and set authorizer.shadow",
    ];
  return [
    ...section("Would be lost", lost),
    ...section("Would be gained", gained),
    ...left,
    `Candidate ${candidate}: ${plural(compared, "decision")} compared, ${different} of them would be different`,
  ];
}

const section = (title: string, changes: readonly ShadowChange[]): string[] =>
  changes.length === 0 ? [] : [`${title}:`, ...changes.map(printChange)];

const printChange = ({ tenant, roles, route, callers, decisions, asked }: ShadowChange): string =>
  `  ${tenant}: ${route}${roles === "" ? "" : `, as ${roles}`}: ${plural(callers, "caller")}, ${plural(decisions, "decision")}, ${asked} of them asking for it`;

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

function fail(line: string): number {
  process.stderr.write(`${line}\n`);
  return 1;
}

function print(lines: readonly string[], status: number): number {
  process.stdout.write(`${lines.join("\n")}\n`);
  return status;
}
