import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../../core/model/items.ts";
import { hashState } from "../../../core/policy-files/publish/item-state.ts";
import { commitsBetween, gitHead, resolveCommit } from "../../publish/git-head.ts";
import { History, type Version } from "../../publish/history.ts";
import { LockedError } from "../../publish/lock.ts";
import { printVersion } from "../../publish/print-result.ts";
import type { PublishResult } from "../../publish/publish-items.ts";
import { restorePoint } from "../../publish/restore-point.ts";
import { runPublish, withTable } from "../../publish/run-publish.ts";
import { runStageRollback } from "../../rollback/run-stage-rollback.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues, UsageError } from "../../shared/flags.ts";
import { requireEnvironment, requireFolder } from "../../shared/load-environments.ts";
import { print, printError, printJson } from "../../shared/output.ts";
import { withTableClient } from "../../table/client.ts";
import { parseStage } from "../../table/flush.ts";
import { readTable } from "../../table/read-items.ts";
import { tableFlag } from "../../table/table-flag.ts";
import { PUBLISH_FLAGS, publishOptions } from "./publish.ts";

const FLAGS = {
  ...COMMON,
  ...PUBLISH_FLAGS,
  list: { type: "boolean", about: "Prints the versions that the table has." },
  api: {
    type: "string",
    value: "API_ID/STAGE",
    about: `Instead puts a REST API's stage back to the deployment and the stage variables of the previous layout, in one
update, without Terraform.`,
    example: "abcdef1234/prod",
  },
} as const;

export const rollback = defineCommand({
  name: "rollback",
  forms: ["[VERSION]", "--api API_ID/STAGE"],
  about: `Restores an earlier state of the items of the table that the policy files own, if publish keeps them.
VERSION is the number of a version that publish or rollback recorded (--list prints them), a commit, a build folder
or its permissions/NAME.json, or a policy folder; by default the last version that differs from the table.
Prints what to revert in git, because otherwise the next publish or apply restores the newer state.`,
  flags: FLAGS,
  examples: [
    "rollback --table portcullis-dev --list",
    "rollback 12 --table portcullis-dev --dry-run",
    "rollback --api abcdef1234/prod",
  ],
  statuses: ["the table has that state", "it does not"],
  positionals: true,
  run,
});

async function run(values: FlagValues<typeof FLAGS>, positionals: readonly string[]): Promise<number> {
  const [wanted, ...others] = positionals;
  if (others.length > 0)
    throw new UsageError(`rollback: expected one VERSION, found ${positionals.join(" ")}`);
  if (values.api !== undefined) {
    if (wanted !== undefined || values.table !== undefined || values.list)
      throw new UsageError("--api rolls back a stage, and excludes VERSION, --table and --list");
    return runStageRollback(parseStage("api", values.api), values["dry-run"]);
  }
  const table = tableFlag(values.table);
  const options = publishOptions(values);
  requireFolder(values.policies);
  requireEnvironment(values.policies, values.environment);
  return withTable(table, async () => {
    if (values.list) return listVersions(table, values.format === "json");
    const target = await findTarget(wanted, table, values.policies, values.environment);
    if (target === undefined) return printError(noVersion(table));
    const { name, items, environment, commit, dirty } = target;
    return runPublish(items, {
      ...options,
      table,
      version: { environment, made: `rollback to ${name}`, commit, dirty },
      restores: true,
      epilogue: (result) => revertLines(result, target, values),
    });
  });
}

interface Target {
  readonly name: string;
  readonly items: readonly Item[];
  readonly environment: string;
  /** The commit of the restored state; null if it is not known. */
  readonly commit: string | null;
  /** Whether the restored state differs from that commit. */
  readonly dirty: boolean;
}

/** Returns undefined if the table has no version to restore. */
async function findTarget(
  wanted: string | undefined,
  table: string,
  folder: string,
  environment: string,
): Promise<Target | undefined> {
  if (wanted !== undefined && !/^\d{1,6}$/.test(wanted)) {
    const { name, items, ref } = restorePoint(wanted, folder, environment);
    const commit = ref === null ? null : resolveCommit(folder, ref);
    return { name, items, environment, commit, dirty: false };
  }
  return withTableClient(async (client) => {
    const history = new History(client, table);
    const { versions, underWay } = await history.read();
    // After an interrupted rollback the last version is the state that it was to undo.
    if (wanted === undefined && underWay)
      throw new LockedError(
        `A publish or a rollback of ${table} is running or was interrupted, so the last state may be the wrong one: name the version, npx portcullis rollback VERSION --table ${table} (--list prints the versions)`,
      );
    const version =
      wanted === undefined
        ? await findPrevious(versions, client, table)
        : findVersion(Number(wanted), versions, table);
    if (version === undefined) return undefined;
    const { number, commit, dirty, environment: own } = version;
    const name = `version ${number}`;
    return { name, items: await history.items(version), environment: own, commit, dirty };
  });
}

/** Returns the last version that differs from the table. */
async function findPrevious(
  versions: readonly Version[],
  client: DynamoDBClient,
  table: string,
): Promise<Version | undefined> {
  if (versions.length === 0) return undefined;
  const state = hashState((await readTable(client, table)).ours);
  return versions.findLast((version) => version.state !== state);
}

function findVersion(number: number, versions: readonly Version[], table: string): Version {
  const found = versions.find((version) => version.number === number);
  if (found !== undefined) return found;
  const existing =
    versions.length === 0
      ? "it has none"
      : `its versions are ${versions[0]?.number} to ${versions.at(-1)?.number}`;
  throw new UsageError(`VERSION: ${table} has no version ${number}; ${existing}`);
}

async function listVersions(table: string, json: boolean): Promise<number> {
  const { versions } = await withTableClient((client) => new History(client, table).read());
  if (json) return printJson(versions);
  return print(versions.length === 0 ? noVersion(table) : versions.map(printVersion));
}

const noVersion = (table: string): string =>
  `${table} has no version to restore: publish records versions, Terraform does not. If Terraform keeps the items, revert the file in git and deploy; otherwise name a commit or a build folder`;

const UNDONE = "otherwise the next publish or apply undoes this rollback";

/**
 * Returns the lines that say what to revert in git, because the files still have the newer state. Names only commits
 * that made the difference between the two states: without a commit of both there is none.
 */
function revertLines(
  result: PublishResult,
  target: Target,
  { policies, environment }: { readonly policies: string; readonly environment: string },
): string[] {
  if (result.outcome !== "published" && result.outcome !== "planned" && result.outcome !== "taken") return [];
  const bad = replacedCommit(result.previous, policies, environment);
  const unknown = unknownCommit(target, "restored") ?? (typeof bad === "string" ? undefined : bad.why);
  const commits =
    unknown !== undefined || typeof bad !== "string" || target.commit === null
      ? []
      : commitsBetween(target.commit, bad, policies);
  if (commits.length === 0)
    return [
      `There is no commit to revert, because ${unknown ?? "no commit after the restored state changed the policy files"}. Restore the policy files by hand, ${UNDONE}`,
    ];
  return [`Revert in git too, ${UNDONE}:`, `  git revert --no-edit ${commits.join(" ")}`];
}

/** Returns why a state has no commit; undefined if it has one. */
function unknownCommit(
  { commit, dirty }: Pick<Target, "commit" | "dirty">,
  which: "restored" | "replaced",
): string | undefined {
  if (dirty) return `the ${which} state was published with uncommitted changes`;
  return commit === null ? `the commit of the ${which} state is not known` : undefined;
}

/** Returns the commit of the state that was replaced, or why there is none. */
function replacedCommit(
  previous: Version | undefined,
  folder: string,
  environment: string,
): string | { readonly why: string } {
  const head = gitHead(folder);
  const unknown = unknownCommit(previous ?? { commit: null, dirty: false }, "replaced");
  if (unknown === undefined && previous?.commit) return previous.commit;
  // Terraform records no commit, so the one of these files counts if they have exactly the replaced state.
  const isHead = previous?.commit === null && head.commit !== null && !head.dirty;
  if (isHead && hashState(restorePoint(folder, folder, environment).items) === previous.state)
    return head.commit;
  return { why: unknown ?? "the commit of the replaced state is not known" };
}
