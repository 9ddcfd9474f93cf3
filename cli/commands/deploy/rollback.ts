import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../../core/model/items.ts";
import { hashState } from "../../../core/policy-files/publish/item-state.ts";
import { gitHead } from "../../publish/git-head.ts";
import { History, type Version } from "../../publish/history.ts";
import { printVersion } from "../../publish/print-result.ts";
import type { PublishResult } from "../../publish/publish-items.ts";
import { restorePoint } from "../../publish/restore-point.ts";
import { runPublish, withTable } from "../../publish/run-publish.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues, UsageError } from "../../shared/flags.ts";
import { requireFolder } from "../../shared/load-environments.ts";
import { print, printError, printJson } from "../../shared/output.ts";
import { tableClient } from "../../table/client.ts";
import { readTable } from "../../table/read-items.ts";
import { tableFlag } from "../../table/table-flag.ts";
import { PUBLISH_FLAGS, publishOptions } from "./publish.ts";

const FLAGS = {
  ...COMMON,
  ...PUBLISH_FLAGS,
  list: { type: "boolean", about: "Prints the versions that the table has." },
} as const;

export const rollback = defineCommand({
  name: "rollback",
  forms: ["[VERSION]"],
  about: `Restores an earlier state of the items of the table that the policy files own, also if Terraform wrote them.
VERSION is the number of a version that publish or rollback recorded (--list prints them), a commit, a build folder
or its permissions/NAME.json, or a policy folder; by default the last version that differs from the table.
Prints what to revert in git, because otherwise the next publish or apply restores the newer state.`,
  flags: FLAGS,
  examples: ["rollback --table portcullis-dev --list", "rollback 12 --table portcullis-dev --dry-run"],
  statuses: ["the table has that state", "it does not"],
  positionals: true,
  run,
});

async function run(values: FlagValues<typeof FLAGS>, positionals: readonly string[]): Promise<number> {
  const [wanted, ...others] = positionals;
  if (others.length > 0)
    throw new UsageError(`rollback: expected one VERSION, found ${positionals.join(" ")}`);
  const table = tableFlag(values.table);
  const options = publishOptions(values);
  requireFolder(values.policies);
  return withTable(table, async () => {
    if (values.list) return listVersions(table, values.format === "json");
    const target = await findTarget(wanted, table, values.policies, values.environment);
    if (target === undefined) return printError(noVersion(table));
    const { name, items, environment, commit } = target;
    const head = gitHead(values.policies).commit;
    return runPublish(items, {
      ...options,
      table,
      version: { environment, made: `rollback to ${name}`, commit, dirty: false },
      restores: true,
      epilogue: (result) => revertLines(result, commit, head),
    });
  });
}

interface Target {
  readonly name: string;
  readonly items: readonly Item[];
  readonly environment: string;
  readonly commit: string | null;
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
    return { name, items, environment, commit: ref };
  }
  return withClient(async (client) => {
    const history = new History(client, table);
    const { versions } = await history.read();
    const version =
      wanted === undefined
        ? await findPrevious(versions, client, table)
        : findVersion(Number(wanted), versions, table);
    if (version === undefined) return undefined;
    const { number, commit, environment: own } = version;
    return { name: `version ${number}`, items: await history.items(version), environment: own, commit };
  });
}

async function withClient<T>(work: (client: DynamoDBClient) => Promise<T>): Promise<T> {
  const client = tableClient();
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
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
  const { versions } = await withClient((client) => new History(client, table).read());
  if (json) return printJson(versions);
  return print(versions.length === 0 ? noVersion(table) : versions.map(printVersion));
}

const noVersion = (table: string): string =>
  `${table} has no version to restore: publish records versions, Terraform does not. Name a commit or a build folder`;

/** Returns the lines that say what to revert in git, because the files still have the newer state. */
function revertLines(result: PublishResult, good: string | null, head: string | null): string[] {
  if (result.outcome !== "published" && result.outcome !== "planned" && result.outcome !== "taken") return [];
  const bad = result.previous?.commit ?? head;
  if (bad === null)
    return ["Restore the policy files too, otherwise the next publish or apply undoes this rollback"];
  const what = good === null || good === bad ? bad : `${good}..${bad}`;
  return [
    "Revert in git too, otherwise the next publish or apply undoes this rollback:",
    `  git revert --no-edit ${what}`,
  ];
}
