import { type DynamoDBClient, paginateScan, ResourceNotFoundException } from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { ISSUERS_KEY } from "../../core/model/issuer-switch.ts";
import {
  CATALOGUE_KEY,
  DIRECTORY_PREFIX,
  DIRECTORY_SORT_KEY,
  directoryKey,
  type Item,
  TENANT_PREFIX,
  TENANT_SORT_KEY,
} from "../../core/model/items.ts";
import { FILES_OWNER, itemKey, RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import { Comparison } from "../../core/policy-files/publish/narrowed-item.ts";
import type { Write } from "../../core/policy-files/publish/steps.ts";
import { canonicalJson } from "../../core/policy-files/source/digest.ts";
import { AUDIT_PREFIX, stampRuntime } from "../../runtime/table/store.ts";
import { StoreError } from "../../runtime/table/store-error.ts";
import { directoriesOf } from "../../runtime/table/tenants.ts";
import { History } from "../publish/history.ts";
import { type Keeper, RESTORING, recordKeeper } from "../publish/keeper.ts";
import { acquireLock } from "../publish/lock.ts";
import { writeItems } from "../publish/write-items.ts";
import { readChanges } from "./history-changes.ts";
import { type Replayed, replayNarrowing } from "./replay-narrowing.ts";

export interface RestoreOptions {
  /** The table that the authorizer reads. */
  readonly table: string;
  /** The copy of the table at an earlier time. */
  readonly from: string;
  /** The time of the copy, in ms since 1970. */
  readonly since: number;
  readonly dryRun: boolean;
}

export interface RestoreResult extends Replayed {
  /** The number of run-time items and tenants that were written, and that were deleted. */
  readonly written: number;
  readonly deleted: number;
  /** Who must write the catalogue now. */
  readonly keeper: Keeper;
}

/**
 * Restores the run-time items of a table from a copy of an earlier time, and makes again what the table's own history
 * has narrowed since. First removes the catalogue, so that every request gets a 500 until the keeper of the policy
 * files' items writes it again. May be run again after a failure.
 */
export async function restoreTable(client: DynamoDBClient, options: RestoreOptions): Promise<RestoreResult> {
  const { table, from, since, dryRun } = options;
  const live = await readAll(client, table);
  const copy = await readCopy(client, from);
  const generations = live.filter((item) => isFileTenant(item) && typeof item["generation"] === "string");
  const known = new Set(generations.map(itemKey));
  // A tenant of the files keeps its generation, with which its memberships and revocations count.
  const lost = copy.filter((item) => isFileTenant(item) && !known.has(itemKey(item)));
  const base = [...copy.filter(isRunTime), ...generations, ...lost];
  const catalogue = copy.filter(({ pk }) => pk === CATALOGUE_KEY);
  const comparison =
    catalogue.length === 0 ? undefined : new Comparison({ before: catalogue, after: catalogue });
  const replayed = replayNarrowing(base, readChanges(live, since), comparison);
  const writes = findWrites(live, [...replayed.items, ...findDirectories(replayed.items, copy, live)]);
  const keeper = await findKeeper(client, table);
  const deleted = writes.filter((write) => "remove" in write).length;
  const result = { ...replayed, keeper, deleted, written: writes.length - deleted };
  if (dryRun) return result;
  const lock = await acquireLock(client, table, false);
  let finished = false;
  try {
    await recordKeeper(client, table, RESTORING, keeper);
    const removals = live.filter(({ pk }) => pk === CATALOGUE_KEY).map((item): Write => ({ remove: item }));
    await writeItems(client, removals, { table, guardCreations: false });
    await writeItems(client, writes, { table, guardCreations: false });
    await recordKeeper(client, table, keeper);
    finished = keeper === "terraform" && !lock.interrupted;
    return result;
  } finally {
    // Without the catalogue the table is between two states: the next publish completes it, as after an interruption.
    await lock.release(finished);
  }
}

const isFileTenant = ({ owner, sk }: Item): boolean => owner === FILES_OWNER && sk === TENANT_SORT_KEY;

/** Tenants, memberships and revocations of run time, and the issuers' kill switches, but not their history. */
const isRunTime = ({ owner, pk }: Item): boolean =>
  owner === RUNTIME_OWNER && (pk === ISSUERS_KEY || String(pk).startsWith(TENANT_PREFIX));

const isRunTimeDirectory = ({ owner, sk }: Item): boolean =>
  owner === RUNTIME_OWNER && sk === DIRECTORY_SORT_KEY;

/**
 * Returns the items that find the tenants of run time by the directories that these list, without those that the policy
 * files have now. If several tenants list one, it is that of the tenant that the copy names.
 */
function findDirectories(tenants: readonly Item[], copy: readonly Item[], live: readonly Item[]): Item[] {
  const named = new Map(copy.filter(isRunTimeDirectory).map((item) => [itemKey(item), item["tenant"]]));
  const ofFiles = new Set(live.filter(({ owner }) => owner === FILES_OWNER).map(itemKey));
  const found = new Map<string, Item>();
  for (const tenant of tenants) {
    const { owner, sk, id } = tenant;
    if (owner !== RUNTIME_OWNER || sk !== TENANT_SORT_KEY) continue;
    for (const [issuer, name] of Object.entries(directoriesOf(tenant))) {
      const item = stampRuntime({ ...directoryKey(issuer, name), tenant: id });
      const key = itemKey(item);
      if (!ofFiles.has(key) && (!found.has(key) || named.get(key) === id)) found.set(key, item);
    }
  }
  return [...found.values()];
}

const isRevocation = ({ sk }: Item): boolean => String(sk).startsWith("REVOKED#");

/** Returns the writes that make the live table's items the wanted ones. No revocation and no kill switch is deleted. */
function findWrites(live: readonly Item[], wanted: readonly Item[]): Write[] {
  const present = new Map(live.map((item) => [itemKey(item), canonicalJson(item)]));
  const kept = new Set(wanted.map(itemKey));
  const removed = live.filter(
    (item) =>
      (isRunTime(item) || isRunTimeDirectory(item)) &&
      !kept.has(itemKey(item)) &&
      !isRevocation(item) &&
      item["pk"] !== ISSUERS_KEY,
  );
  const changed = wanted.filter((item) => present.get(itemKey(item)) !== canonicalJson(item));
  return [
    ...removed.map((item): Write => ({ remove: item })),
    ...changed.map((item): Write => ({ put: item, creates: false })),
  ];
}

/** After a restore that was interrupted, the record has who kept the items before it. */
async function findKeeper(client: DynamoDBClient, table: string): Promise<Keeper> {
  const { keeper, next } = await new History(client, table).read();
  return (keeper === RESTORING ? next : keeper) === "terraform" ? "terraform" : "publish";
}

/** @throws StoreError that names the copy, because the failure of the table itself names no table */
async function readCopy(client: DynamoDBClient, from: string): Promise<Item[]> {
  try {
    return await readAll(client, from);
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new StoreError(
      "input_invalid",
      `--from: there is no table ${from} in this account and region: name the copy that the recovery made`,
    );
  }
}

async function readAll(client: DynamoDBClient, table: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName: table, ConsistentRead: true }))
    for (const item of page.Items ?? []) {
      const pk = item["pk"]?.S ?? "";
      if (
        [CATALOGUE_KEY, ISSUERS_KEY].includes(pk) ||
        [TENANT_PREFIX, DIRECTORY_PREFIX, AUDIT_PREFIX].some((prefix) => pk.startsWith(prefix))
      )
        items.push(unmarshallItem(item));
    }
  return items;
}
