import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import { DIRECTORY_PREFIX, type Item, TENANT_PREFIX } from "../../core/model/items.ts";
import { FILES_OWNER, itemKey } from "../../core/policy-files/compile/permission-items.ts";
import type { Takeover } from "../../core/policy-files/publish/moved-tenant.ts";
import type { Write } from "../../core/policy-files/publish/steps.ts";
import { type Pauses, retry, withBackOff } from "../table/back-off.ts";

/** The limit of BatchWriteItem. */
const BATCH = 25;

export interface WriteOptions {
  readonly table: string;
  /**
   * Writes each new tenant, and each new directory of one, with a condition that no other owner has the key, because
   * both may be created at run time in the meantime.
   */
  readonly guardCreations: boolean;
  readonly workers?: number | undefined;
  readonly pauses?: Pauses | undefined;
  /** When aborted, running requests are finished and no new one is sent. */
  readonly stop?: AbortSignal | undefined;
  readonly onWritten?: ((count: number) => void) | undefined;
}

export interface Written {
  /** The number of writes that were not made. */
  readonly left: number;
  /** Keys that got another owner in the meantime, and were not written. */
  readonly taken: readonly string[];
}

/** Writes items in parallel and in any order, in batches where no condition is needed. */
export async function writeItems(
  client: DynamoDBClient,
  writes: readonly Write[],
  options: WriteOptions,
): Promise<Written> {
  const needsCondition = (write: Write): boolean => options.guardCreations && canBeTaken(write);
  const unconditional = writes.filter((write) => !needsCondition(write)).map(toRequest);
  const tasks = [
    ...batches(unconditional).map((batch) => ({
      size: batch.length,
      run: () => writeBatch(client, batch, options),
    })),
    ...writes
      .filter(needsCondition)
      .map((write) => ({ size: 1, run: () => createItem(client, (write as { put: Item }).put, options) })),
  ];
  return runTasks(tasks, options);
}

const canBeTaken = (write: Write): boolean =>
  "put" in write &&
  write.creates &&
  [TENANT_PREFIX, DIRECTORY_PREFIX].some((prefix) => String(write.put["pk"]).startsWith(prefix));

const toRequest = (write: Write): WriteRequest =>
  "put" in write
    ? { PutRequest: { Item: marshallItem(write.put) } }
    : { DeleteRequest: { Key: marshallItem({ pk: write.remove["pk"], sk: write.remove["sk"] }) } };

const batches = (requests: readonly WriteRequest[]): WriteRequest[][] =>
  Array.from({ length: Math.ceil(requests.length / BATCH) }, (_, index) =>
    requests.slice(index * BATCH, (index + 1) * BATCH),
  );

interface Task {
  readonly size: number;
  /** Returns the keys that got another owner. */
  run(): Promise<readonly string[]>;
}

async function runTasks(
  tasks: readonly Task[],
  { workers = 8, stop, onWritten }: WriteOptions,
): Promise<Written> {
  const taken: string[] = [];
  const failures: unknown[] = [];
  let [next, left] = [0, tasks.reduce((sum, { size }) => sum + size, 0)];
  const work = async (): Promise<void> => {
    while (failures.length === 0 && stop?.aborted !== true) {
      const task = tasks[next++];
      if (task === undefined) return;
      try {
        taken.push(...(await task.run()));
        left -= task.size;
        onWritten?.(task.size);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  if (failures.length > 0) throw failures[0];
  return { left, taken: taken.sort() };
}

async function writeBatch(
  client: DynamoDBClient,
  batch: readonly WriteRequest[],
  { table, pauses }: WriteOptions,
): Promise<readonly string[]> {
  const attempt = async (requests: readonly WriteRequest[]): Promise<readonly WriteRequest[]> => {
    const command = new BatchWriteItemCommand({ RequestItems: { [table]: [...requests] } });
    return (await client.send(command)).UnprocessedItems?.[table] ?? [];
  };
  await withBackOff(batch, attempt, pauses);
  return [];
}

/** Returns the command that replaces an item, if it still has this owner and hash. */
export const replaceItem = (
  table: string,
  { owner, hash }: { readonly owner: unknown; readonly hash: unknown },
  next: Item,
): PutItemCommand =>
  new PutItemCommand({
    TableName: table,
    Item: marshallItem(next),
    ConditionExpression: "#owner = :owner AND #hash = :hash",
    ExpressionAttributeNames: { "#owner": "owner", "#hash": "hash" },
    ExpressionAttributeValues: { ":owner": { S: String(owner) }, ":hash": { S: String(hash) } },
  });

/**
 * Makes an item of run time one of the policy files, if it is still what it was. The tenant's own item comes first, so that
 * an interruption leaves nothing that another publish would delete.
 *
 * @throws TakeoverError
 */
export async function takeOver(
  client: DynamoDBClient,
  { before, after }: Takeover,
  { table, pauses }: Pick<WriteOptions, "table" | "pauses">,
): Promise<void> {
  const command = replaceItem(table, { owner: before["owner"], hash: before["hash"] }, after);
  try {
    await retry(() => client.send(command), pauses);
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new TakeoverError(
      `${itemKey(after)} was changed at run time while it was taken over, so nothing more was written: run npx portcullis tenant move again`,
    );
  }
}

/** A run-time tenant that changed while a publish took it over. */
export class TakeoverError extends Error {}

async function createItem(
  client: DynamoDBClient,
  item: Item,
  { table, pauses }: WriteOptions,
): Promise<readonly string[]> {
  const command = new PutItemCommand({
    TableName: table,
    Item: marshallItem(item),
    ConditionExpression: "attribute_not_exists(pk) OR #owner = :files",
    ExpressionAttributeNames: { "#owner": "owner" },
    ExpressionAttributeValues: { ":files": { S: FILES_OWNER } },
  });
  const attempt = async (): Promise<readonly Item[]> => {
    await client.send(command);
    return [];
  };
  try {
    await withBackOff([item], attempt, pauses);
    return [];
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return [itemKey(item)];
    throw error;
  }
}
