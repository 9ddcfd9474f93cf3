import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { gitHead } from "../../publish/git-head.ts";
import { publishCandidate } from "../../publish/publish-candidate.ts";
import { runPublish, withTable } from "../../publish/run-publish.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, readFlags, UsageError, wholeNumber } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { tableFlag } from "../../table/client.ts";
import { flushFlag } from "../../table/flush.ts";

const USAGE = `npx portcullis publish --table NAME [--policies DIR] [--environment NAME] [--dry-run] [--force]
  [--flush API_ID/STAGE] [--settle SECONDS] [--json] [--shadow [--against REF|DIR]]

Brings the items of the table that policy files own to the files' state, and touches no others. Writes what
changed, what narrows first, so that nobody ever may more than before or after; where that takes several steps,
it waits between them until no Lambda remembers the state before (--settle, 30 s). Every publish is a version
that rollback knows. An interrupted one is taken up by the same command.
  --force   overwrites what was changed by hand, or published for another environment
  --flush   then empties the stage's cache of authorizer answers
  --shadow  publishes a candidate beside what is live, which changes nothing for callers: portcullis shadow tells what
            it would change, and promotes it. Its routes must be those of the live files (--against, by default HEAD)
Region, endpoint and credentials come from AWS's usual environment; the table also from TABLE.
Exit status 0: the table is as the files have it, 1: it is not, 2: wrong use.`;

export const publish: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, {
    ...COMMON,
    ...PUBLISH_FLAGS,
    shadow: { type: "boolean", default: false },
    against: { type: "string" },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const table = tableFlag(values.table);
  const options = publishOptions(values);
  if (values.against !== undefined && !values.shadow)
    throw new UsageError("--against is for --shadow: name both, or neither");
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

/** The flags of what writes to a table. */
export const PUBLISH_FLAGS = {
  table: { type: "string" },
  "dry-run": { type: "boolean", default: false },
  force: { type: "boolean", default: false },
  flush: { type: "string" },
  settle: { type: "string", default: "30" },
  json: { type: "boolean", default: false },
} as const;

/** Those flags' values, checked. @throws UsageError */
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
