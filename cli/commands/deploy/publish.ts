import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { gitHead } from "../../publish/git-head.ts";
import { publishCandidate } from "../../publish/publish-candidate.ts";
import { runPublish, withTable } from "../../publish/run-publish.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type Flags, type FlagValues, FORMAT, UsageError, wholeNumber } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { FLUSH_FLAG, flushFlag } from "../../table/flush.ts";
import { TABLE_FLAG, tableFlag } from "../../table/table-flag.ts";

/** The flags of the verbs that publish to a table. */
export const PUBLISH_FLAGS = {
  ...TABLE_FLAG,
  "dry-run": { type: "boolean", about: "Prints what would be written, and writes nothing." },
  force: {
    type: "boolean",
    about: "Overwrites items that were changed by hand or published for another environment.",
  },
  ...FLUSH_FLAG,
  settle: {
    type: "string",
    default: "30",
    value: "SECONDS",
    about: "How long Lambdas cache a state: the wait between two steps.",
    example: "60",
  },
  ...FORMAT,
} as const satisfies Flags;

const FLAGS = {
  ...COMMON,
  ...PUBLISH_FLAGS,
  shadow: {
    type: "boolean",
    about: `Publishes a candidate alongside the live state, with no effect on callers; npx portcullis shadow prints what it
would change, and promotes it. It must have the routes of the live files.`,
  },
  against: {
    type: "string",
    value: "REF|DIR",
    otherwise: "HEAD",
    about: "The live files, for --shadow: a commit or a folder.",
    example: "main",
  },
} as const;

export const publish = defineCommand({
  name: "publish",
  about: `Updates the items of the table that the policy files own, and no others. Writes only what changed. Narrowing changes
come first, so that no caller ever has access that it has neither before nor after. If this takes several steps, the
command waits between them until no Lambda caches the previous state. It records a version for rollback. If a publish
was interrupted, the same command completes it.`,
  flags: FLAGS,
  examples: ["publish --table portcullis-dev --dry-run", "publish --table portcullis-dev --shadow"],
  statuses: ["the table has the files' state", "it does not"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const table = tableFlag(values.table);
  const options = publishOptions(values);
  if (values.against !== undefined && !values.shadow)
    throw new UsageError("--against needs --shadow: use both, or neither");
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 2;
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

/** Checks the values of {@link PUBLISH_FLAGS}. @throws UsageError */
export function publishOptions(values: {
  readonly "dry-run": boolean;
  readonly force: boolean;
  readonly flush?: string | undefined;
  readonly settle: string;
  readonly format: "text" | "json";
}) {
  return {
    dryRun: values["dry-run"],
    force: values.force,
    flush: flushFlag(values.flush),
    settleSeconds: wholeNumber("settle", values.settle, 0, 3_600),
    json: values.format === "json",
  };
}
