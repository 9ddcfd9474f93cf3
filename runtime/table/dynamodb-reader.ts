import { setTimeout as sleep } from "node:timers/promises";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { InternalError } from "../../core/model/errors.ts";
import { CATALOGUE_KEY, type Item } from "../../core/model/items.ts";
import { withinDeadline } from "../deadline.ts";
import type { DynamodbClient } from "./dynamodb-client.ts";

/** An item's primary key. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** Reads the table's items, eventually consistent. */
export interface ItemReader {
  /**
   * Returns all items of the catalogue.
   *
   * @param pk the catalogue's partition; the default is the live one
   * @throws InternalError `table_unreachable`, whatever the cause
   */
  catalogue(pk?: string): Promise<Item[]>;
  /**
   * Returns the items that exist, in any order.
   *
   * @param keys at most 100
   * @throws InternalError `table_unreachable`, whatever the cause
   */
  items(keys: readonly ItemKey[]): Promise<Item[]>;
}

/** The longest that any read takes, in ms. */
export const READ_DEADLINE = 4_000;

const FIRST_PAUSE = 25;
const LONGEST_PAUSE = 400;
/** The most requests for unprocessed keys. With the client's own attempts there are at most 24 requests. */
const MAX_ROUNDS = 8;

type TypedItem = Readonly<Record<string, unknown>>;

interface QueryResult {
  readonly Items?: readonly TypedItem[];
  readonly LastEvaluatedKey?: TypedItem;
}

interface BatchGetItemResult {
  readonly Responses?: Readonly<Record<string, readonly TypedItem[]>>;
  readonly UnprocessedKeys?: Readonly<Record<string, unknown>>;
}

/** DynamoDB left keys unprocessed, as it does when it throttles. */
class UnprocessedError extends Error {
  override readonly name = "UnprocessedKeys";
}

/**
 * Creates a reader of a table.
 *
 * @param deadline the longest that any read takes, in ms
 */
export function dynamodbReader(
  client: DynamodbClient,
  tableName: string,
  deadline = READ_DEADLINE,
): ItemReader {
  return {
    catalogue: (pk = CATALOGUE_KEY) =>
      readWithin(deadline, (signal) => queryAll(client, tableName, pk, signal)),
    items: (keys) => readWithin(deadline, (signal) => getAll(client, tableName, keys, signal)),
  };
}

async function readWithin(deadline: number, work: (signal: AbortSignal) => Promise<Item[]>): Promise<Item[]> {
  try {
    return await withinDeadline(deadline, work);
  } catch (cause) {
    throw new InternalError("table_unreachable", "The permissions table cannot be read", { cause });
  }
}

async function queryAll(
  client: DynamodbClient,
  tableName: string,
  pk: string,
  signal: AbortSignal,
): Promise<Item[]> {
  const found: Item[] = [];
  let startKey: unknown;
  do {
    const input = {
      TableName: tableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: pk } },
      ExclusiveStartKey: startKey,
    };
    const page = (await client.send("Query", input, signal)) as QueryResult;
    found.push(...(page.Items ?? []).map(unmarshallItem));
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return found;
}

/** Requests unprocessed keys again, after pauses that grow and have jitter, at most {@link MAX_ROUNDS} times. */
async function getAll(
  client: DynamodbClient,
  tableName: string,
  keys: readonly ItemKey[],
  signal: AbortSignal,
): Promise<Item[]> {
  const found: Item[] = [];
  let requested: Readonly<Record<string, unknown>> = {
    [tableName]: { Keys: keys.map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } })) },
  };
  let pause = FIRST_PAUSE;
  for (let round = 1; ; round++) {
    const input = { RequestItems: requested };
    const result = (await client.send("BatchGetItem", input, signal)) as BatchGetItemResult;
    found.push(...(result.Responses?.[tableName] ?? []).map(unmarshallItem));
    requested = result.UnprocessedKeys ?? {};
    if (Object.keys(requested).length === 0) return found;
    if (round === MAX_ROUNDS) throw new UnprocessedError();
    await sleep(pause * (0.5 + Math.random() / 2), undefined, { signal });
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
}
