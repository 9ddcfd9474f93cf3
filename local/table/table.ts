import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  paginateScan,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { marshallItem, unmarshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { FILES_OWNER, itemKey, RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";

export const TABLE_NAME = "portcullis-local";

/** An embedded DynamoDB: it answers requests that somebody else's server hands it. */
export interface EmbeddedTable {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** Whether a request is DynamoDB's protocol rather than one for the API. */
export const isTableRequest = (request: IncomingMessage): boolean =>
  String(request.headers["x-amz-target"] ?? "").startsWith("DynamoDB_20120810.");

export function createEmbeddedTable(): EmbeddedTable {
  const server = dynalite({ createTableMs: 0 });
  return { handle: (request, response) => void server.emit("request", request, response) };
}

/** Creates the permissions table, and waits until it answers: `pk` and `sk`, both texts, on demand. */
export async function createTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  const isActive = async (): Promise<boolean> =>
    (await client.send(new DescribeTableCommand({ TableName: name }))).Table?.TableStatus === "ACTIVE";
  while (!(await isActive())) await sleep(2);
}

/**
 * Brings an owner's items to the given state; what has another owner is left alone.
 *
 * @throws where an item is kept at run time too; nothing is written then
 */
export async function seedTable(
  client: DynamoDBClient,
  name: string,
  items: readonly Item[],
  owner: string = FILES_OWNER,
): Promise<void> {
  const wanted = new Map(items.map((item) => [itemKey(item), item]));
  const all = await readAll(client, name);
  const twice = all.find((item) => item["owner"] === RUNTIME_OWNER && wanted.has(itemKey(item)));
  if (twice !== undefined)
    throw new Error(
      `the tenant ${String(twice["id"])} is in the files, and in the table as ${itemKey(twice)} of owner "${RUNTIME_OWNER}": a tenant has one keeper; remove its file, or the item (portcullis tenant remove)`,
    );
  const present = all.filter((item) => item["owner"] === owner);
  const hashes = new Map(present.map((item) => [itemKey(item), item["hash"]]));
  const gone = present.filter((item) => !wanted.has(itemKey(item)));
  const changed = items.filter((item) => hashes.get(itemKey(item)) !== item["hash"]);
  const deletions = gone.map(
    ({ pk, sk }): WriteRequest => ({ DeleteRequest: { Key: marshallItem({ pk, sk }) } }),
  );
  const writes = changed.map((item): WriteRequest => ({ PutRequest: { Item: marshallItem(item) } }));
  await writeAll(client, name, [...deletions, ...writes]);
}

async function readAll(client: DynamoDBClient, name: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName: name }))
    items.push(...(page.Items ?? []).map((item) => unmarshallItem(item)));
  return items;
}

async function writeAll(
  client: DynamoDBClient,
  name: string,
  requests: readonly WriteRequest[],
): Promise<void> {
  for (let at = 0; at < requests.length; at += 25) {
    let batch: WriteRequest[] = requests.slice(at, at + 25);
    while (batch.length > 0) {
      const { UnprocessedItems } = await client.send(
        new BatchWriteItemCommand({ RequestItems: { [name]: batch } }),
      );
      batch = UnprocessedItems?.[name] ?? [];
    }
  }
}
