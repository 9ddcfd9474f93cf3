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

/** The time after which the lock of a crashed publish expires, in ms. */
const LEASE = 30_000;

/** Another publish to the table is running. */
export class LockedError extends Error {}

/** A lock that allows one publish at a time: an item with a lease, which the holder renews. */
export interface Lock {
  /** The previous publish did not finish, so the table may be between two states. */
  readonly interrupted: boolean;
  /** Releases the lock. Without `finished`, the item stays and marks an interrupted publish. */
  release(finished: boolean): Promise<void>;
}

const KEY = { pk: { S: HISTORY_KEY }, sk: { S: LOCK_SORT_KEY } };

/** @throws LockedError that says who publishes, and since when */
export async function acquireLock(client: DynamoDBClient, table: string, force: boolean): Promise<Lock> {
  const own = { id: randomUUID(), holder: `${userName()}@${hostname()}`, since: new Date().toISOString() };
  const hold = async (until: number, condition?: Condition): Promise<boolean> => {
    const item = { pk: HISTORY_KEY, sk: LOCK_SORT_KEY, owner: HISTORY_OWNER, ...own, until };
    const command = new PutItemCommand({
      TableName: table,
      Item: marshallItem(item),
      ...condition,
      ReturnValues: "ALL_OLD",
    });
    return (await client.send(command)).Attributes !== undefined;
  };
  const isOwn: Condition = {
    ConditionExpression: "#id = :id",
    ExpressionAttributeNames: { "#id": "id" },
    ExpressionAttributeValues: { ":id": { S: own.id } },
  };
  const isFree: Condition = {
    ConditionExpression: "attribute_not_exists(pk) OR #until < :now",
    ExpressionAttributeNames: { "#until": "until" },
    ExpressionAttributeValues: { ":now": { N: String(Date.now()) } },
  };
  const interrupted = await hold(Date.now() + LEASE, force ? undefined : isFree).catch(
    async (error: unknown) => {
      throw error instanceof ConditionalCheckFailedException ? await lockedError(client, table) : error;
    },
  );
  // A failed renewal is ignored: the lease outlasts two of them, and the writes themselves would fail too.
  let renewal: Promise<unknown> = Promise.resolve();
  const renew = setInterval(() => {
    renewal = hold(Date.now() + LEASE, isOwn).catch(() => undefined);
  }, LEASE / 3);
  renew.unref();
  return {
    interrupted,
    async release(finished) {
      clearInterval(renew);
      await renewal;
      if (finished) await client.send(new DeleteItemCommand({ TableName: table, Key: KEY, ...isOwn }));
      else await hold(0, isOwn);
    },
  };
}

type Condition = Pick<
  PutItemCommandInput,
  "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
>;

async function lockedError(client: DynamoDBClient, table: string): Promise<LockedError> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: table, Key: KEY, ConsistentRead: true }),
  );
  const { holder, since } = unmarshallItem(Item ?? {});
  return new LockedError(
    `${String(holder ?? "Another user")} has been publishing to this table since ${String(since ?? "just now")}: wait until that publish is done; if it crashed, its lock expires within ${LEASE / 1000} s (or use --force)`,
  );
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
