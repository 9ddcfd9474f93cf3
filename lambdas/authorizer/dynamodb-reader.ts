import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchGetItemCommand,
  DynamoDBClient,
  type KeysAndAttributes,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/dynamodb-json.ts";
import { UnavailableError } from "../../core/errors.ts";
import { CATALOGUE_KEY, type Item } from "../../core/items.ts";
import type { TableConfig } from "./config.ts";
import { withinDeadline } from "./deadline.ts";

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
/** With the SDK's own attempts, a table that leaves everything unprocessed is asked 24 times at the very most. */
const ROUNDS = 8;

/** Credentials are given, not looked for: Lambda always sets them, and the SDK's search costs 135 kB. */
export function dynamodbClient({ region, endpoint, credentials }: TableConfig): DynamoDBClient {
  return new DynamoDBClient({
    region,
    credentials,
    ...(endpoint !== undefined && { endpoint }),
    endpointDiscoveryEnabled: false,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1_500, throwOnRequestTimeout: true },
  });
}

/** DynamoDB does so when it throttles. */
class UnprocessedError extends Error {
  override readonly name = "UnprocessedKeys";
}

export function dynamodbReader(
  client: DynamoDBClient,
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
    throw new UnavailableError("table_unreachable", "The permissions table cannot be read", { cause });
  }
}

async function queryAll(
  client: DynamoDBClient,
  tableName: string,
  pk: string,
  abortSignal: AbortSignal,
): Promise<Item[]> {
  const found: Item[] = [];
  let from: QueryCommandInput["ExclusiveStartKey"];
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: pk } },
        ExclusiveStartKey: from,
      }),
      { abortSignal },
    );
    found.push(...(page.Items ?? []).map(unmarshallItem));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return found;
}

/** What DynamoDB leaves unprocessed is asked for again, after pauses that grow and scatter, a bounded number of times. */
async function getAll(
  client: DynamoDBClient,
  tableName: string,
  keys: readonly ItemKey[],
  abortSignal: AbortSignal,
): Promise<Item[]> {
  const found: Item[] = [];
  let asked: Record<string, KeysAndAttributes> = {
    [tableName]: { Keys: keys.map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } })) },
  };
  let pause = FIRST_PAUSE;
  for (let round = 1; ; round++) {
    const answer = await client.send(new BatchGetItemCommand({ RequestItems: asked }), { abortSignal });
    found.push(...(answer.Responses?.[tableName] ?? []).map(unmarshallItem));
    asked = answer.UnprocessedKeys ?? {};
    if (Object.keys(asked).length === 0) return found;
    if (round === ROUNDS) throw new UnprocessedError();
    await sleep(pause * (0.5 + Math.random() / 2), undefined, { signal: abortSignal });
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
}
