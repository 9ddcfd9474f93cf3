import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../../core/model/items.ts";
import { hashState } from "../../../core/policy-files/publish/item-state.ts";
import { gitHead } from "../../publish/git-head.ts";
import { History, type Version } from "../../publish/history.ts";
import { printVersion } from "../../publish/print-result.ts";
import type { PublishResult } from "../../publish/publish-items.ts";
import { restorePoint } from "../../publish/restore-point.ts";
import { runPublish, withTable } from "../../publish/run-publish.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, readFlags, UsageError } from "../../shared/flags.ts";
import { requireFolder } from "../../shared/load-environments.ts";
import { tableClient, tableFlag } from "../../table/client.ts";
import { readTable } from "../../table/read-items.ts";
import { PUBLISH_FLAGS, publishOptions } from "./publish.ts";

const USAGE = `npx portcullis rollback [VERSION] --table NAME [--list] [--policies DIR] [--environment NAME]
  [--dry-run] [--force] [--flush API_ID/STAGE] [--settle SECONDS] [--json]

Brings the items of the table that policy files own to an earlier state, whoever seeds the table.
VERSION is the number of a version that publish or rollback recorded (--list tells them), a commit, a build's
folder or its permissions/NAME.json, or a policy folder; absent: the last version that differs from the table.
Prints what to revert in git: else the next publish or apply brings the newer state back.
Exit status 0: the table is as it was then, 1: it is not, 2: wrong use.`;

export const rollback: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readFlags(
    args,
    { ...COMMON, ...PUBLISH_FLAGS, list: { type: "boolean", default: false } },
    true,
  );
  if (values.help) return print([USAGE]);
  const [wanted, ...others] = positionals;
  if (others.length > 0)
    throw new UsageError(`rollback: expected one VERSION, found ${positionals.join(" ")}`);
  const table = tableFlag(values.table);
  const options = publishOptions(values);
  requireFolder(values.policies);
  return withTable(table, async () => {
    if (values.list) return print(await listVersions(table, values.json));
    const target = await findTarget(wanted, table, values.policies, values.environment);
    if (target === undefined) return fail(noVersion(table));
    const { name, items, environment, commit } = target;
    const head = gitHead(values.policies).commit;
    return runPublish(items, {
      ...options,
      table,
      version: { environment, made: `rollback to ${name}`, commit, dirty: false },
      restores: true,
      epilogue: (result) => toRevert(result, commit, head),
    });
  });
}

interface Target {
  readonly name: string;
  readonly items: readonly Item[];
  readonly environment: string;
  readonly commit: string | null;
}

/** Undefined where the table has no version to come back to. */
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
        ? await lastOther(versions, client, table)
        : versionOf(Number(wanted), versions, table);
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

async function lastOther(
  versions: readonly Version[],
  client: DynamoDBClient,
  table: string,
): Promise<Version | undefined> {
  if (versions.length === 0) return undefined;
  const state = hashState((await readTable(client, table)).ours);
  return versions.findLast((version) => version.state !== state);
}

function versionOf(number: number, versions: readonly Version[], table: string): Version {
  const found = versions.find((version) => version.number === number);
  if (found !== undefined) return found;
  const known = versions.length === 0 ? "none" : `${versions[0]?.number} to ${versions.at(-1)?.number}`;
  throw new UsageError(`VERSION: ${table} has no version ${number}; there is ${known}`);
}

async function listVersions(table: string, json: boolean): Promise<string[]> {
  const { versions } = await withClient((client) => new History(client, table).read());
  if (json) return [JSON.stringify(versions, null, 2)];
  return versions.length === 0 ? [noVersion(table)] : versions.map(printVersion);
}

const noVersion = (table: string): string =>
  `${table} has no version to come back to: publish records them, Terraform does not. Name a commit or a build's folder`;

/** The files still say what the table no longer has. */
function toRevert(result: PublishResult, good: string | null, head: string | null): string[] {
  if (result.outcome !== "published" && result.outcome !== "planned" && result.outcome !== "taken") return [];
  const bad = result.previous?.commit ?? head;
  if (bad === null) return ["Bring the files back too: else the next publish or apply undoes this"];
  const what = good === null || good === bad ? bad : `${good}..${bad}`;
  return ["Revert in git too, else the next publish or apply undoes this:", `  git revert --no-edit ${what}`];
}

function print(lines: readonly string[]): number {
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`);
  return 1;
}
