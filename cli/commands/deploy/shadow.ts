import { plural } from "../../../core/model/plural.ts";
import { CandidateError } from "../../../core/policy-files/publish/candidate.ts";
import {
  type ShadowChange,
  type ShadowReport,
  shadowReport,
} from "../../../core/policy-files/replay/shadow-report.ts";
import { LOG_FLAG, readLog } from "../../explain/read-log.ts";
import { loadCandidate } from "../../publish/candidate.ts";
import { withdrawCandidate } from "../../publish/publish-candidate.ts";
import { runPublish, withTable } from "../../publish/run-publish.ts";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, UsageError } from "../../shared/flags.ts";
import { print, printError, printJson } from "../../shared/output.ts";
import { ATTEMPTS, withTableClient } from "../../table/client.ts";
import { tableFlag } from "../../table/table-flag.ts";
import { PUBLISH_FLAGS, publishOptions } from "./publish.ts";

const FLAGS = {
  log: {
    ...LOG_FLAG,
    about: `Prints the access that the candidate would take and give, by tenant, roles and route, from the authorizer's
decision lines in this file (- is standard input).`,
  },
  promote: {
    type: "boolean",
    about: "Publishes the candidate as the live state, like publish, and removes it from the table.",
  },
  clear: { type: "boolean", about: "Removes the candidate from the table." },
  ...PUBLISH_FLAGS,
} as const;

export const shadow = defineCommand({
  name: "shadow",
  forms: ["--log FILE …", "--promote", "--clear"],
  about: `Reports on a candidate, promotes it or removes it. npx portcullis publish --shadow publishes a candidate. With
Terraform's authorizer.shadow (on this machine: npx portcullis start --shadow DIR) the authorizer evaluates it
alongside the live state. Callers see nothing of it.`,
  flags: FLAGS,
  examples: ["shadow --log decisions.ndjson", "shadow --promote --table portcullis-dev"],
  statuses: ["done, or the candidate changes no logged decision", "failed, or it changes some"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const actions = [values.log.length > 0, values.promote, values.clear].filter(Boolean);
  if (actions.length !== 1) throw new UsageError("name one of --log, --promote and --clear");
  if (values.log.length > 0)
    return printReport(shadowReport(await readLog(values.log)), values.format === "json");
  const table = tableFlag(values.table);
  const { force } = values;
  if (values.clear) return withTable(table, () => withdrawCandidate({ table, force }));
  const options = publishOptions(values);
  return withTable(table, () => promote({ ...options, table }));
}

/** Publishes the candidate's items in the same order as `publish`, and records a version. */
async function promote(options: ReturnType<typeof publishOptions> & { table: string }): Promise<number> {
  const { table, force, dryRun } = options;
  const candidate = await findCandidate(table);
  if (candidate === undefined)
    return printError(`${table} has no candidate: publish one with npx portcullis publish --shadow`);
  if (typeof candidate === "string") return printError(candidate);
  const { items, state, environment, commit, dirty } = candidate;
  const version = { environment, made: `candidate ${state}`, commit, dirty };
  const status = await runPublish(items, {
    ...options,
    version,
    restores: false,
    epilogue: () => [
      "Change the live policy files to the candidate's state too, otherwise the next publish or apply undoes this",
    ],
  });
  return status !== 0 || dryRun ? status : withdrawCandidate({ table, force });
}

/** Returns a message instead of a candidate that cannot be promoted. */
async function findCandidate(table: string) {
  try {
    return await withTableClient((client) => loadCandidate(client, table), ATTEMPTS);
  } catch (error) {
    if (error instanceof CandidateError) return error.message;
    throw error;
  }
}

function printReport(report: ShadowReport, json: boolean): number {
  const status = report.lost.length + report.gained.length > 0 ? 1 : 0;
  return json ? printJson(report, status) : print(asLines(report), status);
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
      "No decision line has a candidate: publish one with --shadow, and set authorizer.shadow",
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

const printChange = ({ tenant, roles, route, callers, decisions, requested, checks }: ShadowChange): string =>
  `  ${tenant}: ${route}${roles === "" ? "" : `, as ${roles}`}: ${plural(callers, "caller")}, ${plural(decisions, "decision")}, ${requested} of them requesting it${checks.length === 0 ? "" : `; decided by the check ${checks.join(", ")}`}`;
