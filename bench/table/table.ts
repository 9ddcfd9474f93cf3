import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { type DynamoDBClient, GetItemCommand, paginateScan } from "@aws-sdk/client-dynamodb";
import { tableClient } from "../../cli/table/client.ts";
import { marshallItem, unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { createTable } from "../../local/table/table.ts";
import { type DynamodbClient, dynamodbClient } from "../../runtime/table/dynamodb-client.ts";
import type { TableConfig } from "../../runtime/table/table-config.ts";
import { customer, customerId } from "../customers.ts";
import type { TableRequest } from "./table-process.ts";

/** A table in a process of its own, and clients that count what they send. */
export interface BenchTable {
  readonly name: string;
  /** Where it listens. */
  readonly origin: string;
  /** A tool's. */
  readonly client: DynamoDBClient;
  /** The authorizer's. */
  readonly reading: DynamodbClient;
  /** A tool's commands and the authorizer's operations so far, by name. */
  readonly sent: Map<string, number>;
  /** What the table's process takes when it has done what it was asked, in megabytes. */
  ask(request: TableRequest): Promise<number>;
  close(): void;
}

const PROCESS = fileURLToPath(new URL("table-process.ts", import.meta.url));
/** A million items need more than Node's own limit. */
const HEAP = "--max-old-space-size=8192";

export async function startBenchTable(): Promise<BenchTable> {
  const child = fork(PROCESS, { execArgv: [...process.execArgv, HEAP] });
  const [{ origin }] = (await once(child, "message")) as [{ origin: string }];
  const name = "permissions";
  const client = tableClient({ AWS_ENDPOINT_URL: origin });
  const sent = countCommands(client);
  const reading = counting(dynamodbClient(readingConfig(name, origin)), sent);
  await createTable(client, name);
  return {
    name,
    origin,
    client,
    reading,
    sent,
    async ask(request) {
      child.send(request);
      const [{ bytes }] = (await once(child, "message")) as [{ bytes: number }];
      return Math.round(bytes / 1_000_000);
    },
    close() {
      client.destroy();
      reading.destroy();
      child.disconnect();
    },
  };
}

const readingConfig = (tableName: string, endpoint: string): TableConfig => ({
  tableName,
  region: "eu-central-1",
  endpoint,
  credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  permissionsTtlSeconds: 0,
  serveStaleSeconds: 0,
});

const counting = (client: DynamodbClient, sent: Map<string, number>): DynamodbClient => ({
  ...client,
  send(operation, input, signal) {
    sent.set(operation, (sent.get(operation) ?? 0) + 1);
    return client.send(operation, input, signal);
  },
});

function countCommands(client: DynamoDBClient): Map<string, number> {
  const sent = new Map<string, number>();
  client.middlewareStack.add(
    (next, context) => (args) => {
      const name = String(context.commandName);
      sent.set(name, (sent.get(name) ?? 0) + 1);
      return next(args);
    },
    { step: "initialize" },
  );
  return sent;
}

/**
 * Writes so many customers, and reads some of them through the API, and how many there are.
 *
 * @throws where one is not there as it was made
 */
export async function fillTable(table: BenchTable, count: number): Promise<void> {
  await table.ask({ table: table.name, customers: count });
  const spread = Array.from({ length: 20 }, (_, index) => Math.floor((index * (count - 1)) / 19));
  for (const index of spread) {
    const wanted = customer(customerId(index));
    const { Item } = await table.client.send(
      new GetItemCommand({
        TableName: table.name,
        Key: marshallItem({ pk: wanted["pk"], sk: wanted["sk"] }),
      }),
    );
    if (!isDeepStrictEqual(Item && unmarshallItem(Item), wanted))
      throw new Error(`Customer ${index} is not there`);
  }
  const found = await countItems(table);
  if (found !== count) throw new Error(`The table has ${found} items of ${count}`);
}

async function countItems({ client, name }: BenchTable): Promise<number> {
  let count = 0;
  for await (const page of paginateScan({ client }, { TableName: name, Select: "COUNT" }))
    count += page.Count ?? 0;
  return count;
}
