import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { gitHead } from "../../publish/git-head.ts";
import { publishCandidate } from "../../publish/publish-candidate.ts";
import { runPublish, withTable } from "../../publish/run-publish.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, readFlags, UsageError, wholeNumber } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { print } from "../../shared/output.ts";
import { tableFlag } from "../../table/client.ts";
import { flushFlag } from "../../table/flush.ts";

const USAGE = `npx portcullis publish --table NAME [--policies DIR] [--environment NAME] [--dry-run] [--force]
  [--flush API_ID/STAGE] [--settle SECONDS] [--json] [--shadow [--against REF|DIR]]

Updates the items of the table that the policy files own, and no others. Writes only what changed. Narrowing changes
come first, so that no caller ever has access that it has neither before nor after. If this takes several steps, the
command waits between them until no Lambda caches the previous state (--settle, 30 s). It records a version for
rollback. If a publish was interrupted, the same command completes it.
  --force   overwrites items that were changed by hand or published for another environment
  --flush   afterwards empties the stage's cache of authorizer responses
  --shadow  publishes a candidate alongside the live state, with no effect on callers; npx portcullis shadow prints
            what it would change, and promotes it. It must have the routes of the live files (--against, by default
            HEAD)
Region, endpoint and credentials come from AWS's usual environment, the table also from TABLE.
Exit status 0: the table has the files' state, 1: it does not, 2: wrong use.`;

export const publish: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, {
    ...COMMON,
    ...PUBLISH_FLAGS,
    shadow: { type: "boolean", default: false },
    against: { type: "string" },
  });
  if (values.help) return print(USAGE);
  const table = tableFlag(values.table);
  const options = publishOptions(values);
  if (values.against !== undefined && !values.shadow)
    throw new UsageError("--against needs --shadow: use both, or neither");
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 1;
  if (values.shadow) {
    const { dryRun, force } = options;
    const run = { table, folder: values.policies, against: values.against ?? "HEAD", dryRun, force };
    return withTable(table, () => publishCandidate(policies[0], run));
  }
  const version = { environment: values.environment, made: "publish", ...gitHead(values.policies) };
  return withTable(table, () =>
    runPublish(permissionItems(policies[0]), { ...options, table, version, restores: false }),
  );
}

/** The flags of the verbs that publish to a table. */
export const PUBLISH_FLAGS = {
  table: { type: "string" },
  "dry-run": { type: "boolean", default: false },
  force: { type: "boolean", default: false },
  flush: { type: "string" },
  settle: { type: "string", default: "30" },
  json: { type: "boolean", default: false },
} as const;

/** Checks the values of {@link PUBLISH_FLAGS}. @throws UsageError */
export function publishOptions(values: {
  readonly "dry-run": boolean;
  readonly force: boolean;
  readonly flush?: string | undefined;
  readonly settle: string;
  readonly json: boolean;
}) {
  return {
    dryRun: values["dry-run"],
    force: values.force,
    flush: flushFlag(values.flush),
    settleSeconds: wholeNumber("settle", values.settle, 0, 3_600),
    json: values.json,
  };
}
