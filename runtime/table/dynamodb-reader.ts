import { setTimeout as sleep } from "node:timers/promises";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { InternalError } from "../../core/model/errors.ts";
import { CATALOGUE_KEY, type Item } from "../../core/model/items.ts";
import { withinDeadline } from "../deadline.ts";
import type { DynamodbClient } from "./dynamodb-client.ts";

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** The table's items. Eventually consistent. @throws UnavailableError `table_unreachable`, whatever the reason */
export interface ItemReader {
  /** @param pk its partition */
  catalogue(pk?: string): Promise<Item[]>;
  /** Those that exist, in any order; at most 100 keys. */
  items(keys: readonly ItemKey[]): Promise<Item[]>;
}

/** The longest that any read takes, in ms. */
export const READ_DEADLINE = 4_000;

const FIRST_PAUSE = 25;
const LONGEST_PAUSE = 400;
/** With the client's own attempts, a table that leaves everything unprocessed is asked 24 times at the very most. */
const ROUNDS = 8;

type TypedItem = Readonly<Record<string, unknown>>;

interface QueryAnswer {
  readonly Items?: readonly TypedItem[];
  readonly LastEvaluatedKey?: TypedItem;
}

interface BatchGetItemAnswer {
  readonly Responses?: Readonly<Record<string, readonly TypedItem[]>>;
  readonly UnprocessedKeys?: Readonly<Record<string, unknown>>;
}

/** DynamoDB does so when it throttles. */
class UnprocessedError extends Error {
  override readonly name = "UnprocessedKeys";
}

export function dynamodbReader(
  client: DynamodbClient,
  tableName: string,
  deadline = READ_DEADLINE,
): ItemReader {
  return {
    catalogue: (pk = CATALOGUE_KEY) => reading(deadline, (signal) => queryAll(client, tableName, pk, signal)),
    items: (keys) => reading(deadline, (signal) => getAll(client, tableName, keys, signal)),
  };
}

async function reading(deadline: number, work: (signal: AbortSignal) => Promise<Item[]>): Promise<Item[]> {
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
  let from: unknown;
  do {
    const input = {
      TableName: tableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: pk } },
      ExclusiveStartKey: from,
    };
    const page = (await client.send("Query", input, signal)) as QueryAnswer;
    found.push(...(page.Items ?? []).map(unmarshallItem));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return found;
}

/** What DynamoDB leaves unprocessed is asked for again, after pauses that grow and scatter, a bounded number of times. */
async function getAll(
  client: DynamodbClient,
  tableName: string,
  keys: readonly ItemKey[],
  signal: AbortSignal,
): Promise<Item[]> {
  const found: Item[] = [];
  let asked: Readonly<Record<string, unknown>> = {
    [tableName]: { Keys: keys.map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } })) },
  };
  let pause = FIRST_PAUSE;
  for (let round = 1; ; round++) {
    const answer = (await client.send("BatchGetItem", { RequestItems: asked }, signal)) as BatchGetItemAnswer;
    found.push(...(answer.Responses?.[tableName] ?? []).map(unmarshallItem));
    asked = answer.UnprocessedKeys ?? {};
    if (Object.keys(asked).length === 0) return found;
    if (round === ROUNDS) throw new UnprocessedError();
    await sleep(pause * (0.5 + Math.random() / 2), undefined, { signal });
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
}
