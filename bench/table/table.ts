import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { type DynamoDBClient, GetItemCommand, paginateScan } from "@aws-sdk/client-dynamodb";
import { tableClient } from "../../cli/table/client.ts";
import { marshallItem, unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { createTable } from "../../local/table/table.ts";
import { type DynamodbClient, dynamodbClient } from "../../runtime/table/dynamodb-client.ts";
import { TABLE_NAME, tableConfig } from "../../tests/support/configuration.ts";
import { customer, customerId } from "../fixtures/customers.ts";
import type { TableRequest } from "./table-process.ts";

/** A table in a process of its own, and clients that count their requests. */
export interface BenchTable {
  readonly name: string;
  /** The table's URL. */
  readonly origin: string;
  /** The client that commands use. */
  readonly client: DynamoDBClient;
  /** The client that the authorizer uses. */
  readonly reader: DynamodbClient;
  /** Number of requests of both clients so far, by operation. */
  readonly sent: Map<string, number>;
  /** Sends a request to the table's process, and returns the memory that the process uses afterwards, in MB. */
  request(request: TableRequest): Promise<number>;
  close(): void;
}

const PROCESS = fileURLToPath(new URL("table-process.ts", import.meta.url));
/** A million items need more memory than Node's default limit. */
const HEAP = "--max-old-space-size=8192";

export async function startBenchTable(): Promise<BenchTable> {
  const child = fork(PROCESS, { execArgv: [...process.execArgv, HEAP] });
  const [{ origin }] = (await once(child, "message")) as [{ origin: string }];
  const name = TABLE_NAME;
  const client = tableClient({ AWS_ENDPOINT_URL: origin });
  const sent = countCommands(client);
  const reader = countOperations(dynamodbClient(tableConfig(origin)), sent);
  await createTable(client, name);
  return {
    name,
    origin,
    client,
    reader,
    sent,
    async request(message) {
      child.send(message);
      const [{ bytes }] = (await once(child, "message")) as [{ bytes: number }];
      return Math.round(bytes / 1_000_000);
    },
    close() {
      client.destroy();
      reader.destroy();
      child.disconnect();
    },
  };
}

const countOperations = (client: DynamodbClient, sent: Map<string, number>): DynamodbClient => ({
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
 * Writes a number of customers into the store, then reads a sample and the count through the API.
 *
 * @throws Error if an item or the count differs
 */
export async function fillTable(table: BenchTable, count: number): Promise<void> {
  await table.request({ table: table.name, customers: count });
  const sample = Array.from({ length: 20 }, (_, index) => Math.floor((index * (count - 1)) / 19));
  for (const index of sample) {
    const expected = customer(customerId(index));
    const { Item } = await table.client.send(
      new GetItemCommand({
        TableName: table.name,
        Key: marshallItem({ pk: expected["pk"], sk: expected["sk"] }),
      }),
    );
    if (!isDeepStrictEqual(Item && unmarshallItem(Item), expected))
      throw new Error(`Customer ${index} is missing in the table, or differs from what was written`);
  }
  const found = await countItems(table);
  if (found !== count) throw new Error(`The table has ${found} items, expected ${count}`);
}

async function countItems({ client, name }: BenchTable): Promise<number> {
  let count = 0;
  for await (const page of paginateScan({ client }, { TableName: name, Select: "COUNT" }))
    count += page.Count ?? 0;
  return count;
}
