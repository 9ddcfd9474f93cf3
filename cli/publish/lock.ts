import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { marshallItem, unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { HISTORY_KEY, HISTORY_OWNER, LOCK_SORT_KEY } from "./history-keys.ts";

/** So long a publish that died holds up the next, in ms. */
const LEASE = 30_000;

/** Somebody else publishes to the table. */
export class LockedError extends Error {}

/** One publisher at a time: an item with a lease, renewed while the holder lives. */
export interface Lock {
  /** Whether the holder before did not come to its end: the table may be between two states. */
  readonly interrupted: boolean;
  /** `finished`: the table is in the state that was wanted; else the mark of an interrupted publish stays. */
  release(finished: boolean): Promise<void>;
}

const KEY = { pk: { S: HISTORY_KEY }, sk: { S: LOCK_SORT_KEY } };

/** @throws LockedError naming who publishes and since when */
export async function acquireLock(client: DynamoDBClient, table: string, force: boolean): Promise<Lock> {
  const mine = { id: randomUUID(), holder: `${userName()}@${hostname()}`, since: new Date().toISOString() };
  const hold = async (until: number, condition?: Condition): Promise<boolean> => {
    const item = { pk: HISTORY_KEY, sk: LOCK_SORT_KEY, owner: HISTORY_OWNER, ...mine, until };
    const command = new PutItemCommand({
      TableName: table,
      Item: marshallItem(item),
      ...condition,
      ReturnValues: "ALL_OLD",
    });
    return (await client.send(command)).Attributes !== undefined;
  };
  const isMine: Condition = {
    ConditionExpression: "#id = :id",
    ExpressionAttributeNames: { "#id": "id" },
    ExpressionAttributeValues: { ":id": { S: mine.id } },
  };
  const isFree: Condition = {
    ConditionExpression: "attribute_not_exists(pk) OR #until < :now",
    ExpressionAttributeNames: { "#until": "until" },
    ExpressionAttributeValues: { ":now": { N: String(Date.now()) } },
  };
  const interrupted = await hold(Date.now() + LEASE, force ? undefined : isFree).catch(
    async (error: unknown) => {
      throw error instanceof ConditionalCheckFailedException ? await lockedBy(client, table) : error;
    },
  );
  // A renewal that fails is not told: the lease outlasts two of them, and the writes themselves would fail too.
  let renewal: Promise<unknown> = Promise.resolve();
  const renew = setInterval(() => {
    renewal = hold(Date.now() + LEASE, isMine).catch(() => undefined);
  }, LEASE / 3);
  renew.unref();
  return {
    interrupted,
    async release(finished) {
      clearInterval(renew);
      await renewal;
      if (finished) await client.send(new DeleteItemCommand({ TableName: table, Key: KEY, ...isMine }));
      else await hold(0, isMine);
    },
  };
}

type Condition = Pick<
  PutItemCommandInput,
  "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
>;

async function lockedBy(client: DynamoDBClient, table: string): Promise<LockedError> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: table, Key: KEY, ConsistentRead: true }),
  );
  const { holder, since } = unmarshallItem(Item ?? {});
  return new LockedError(
    `${String(holder ?? "Somebody")} publishes to this table since ${String(since ?? "just now")}: wait until that is done; if it died, its lock ends within ${LEASE / 1000} s (or --force)`,
  );
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "somebody";
  }
}
