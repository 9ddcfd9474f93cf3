import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Item } from "../core/items.ts";
import type { TableConfig } from "../lambdas/authorizer/config.ts";
import { type DynamodbClient, dynamodbClient } from "../lambdas/authorizer/dynamodb-client.ts";
import { createTable } from "../local/table.ts";
import { tableClient } from "../scripts/lib/table/client.ts";
import { writeItems } from "../scripts/lib/table/write-items.ts";

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
  /** What the table's process takes, in megabytes. */
  megabytes(): Promise<number>;
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
    async megabytes() {
      child.send("memory");
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

const PART = 10_000;

/** Writes items that are made while they are written: a million at once would fill the memory. */
export async function fillTable(
  { client, name }: BenchTable,
  count: number,
  make: (index: number) => Item,
): Promise<void> {
  for (let from = 0; from < count; from += PART) {
    const size = Math.min(PART, count - from);
    const writes = Array.from({ length: size }, (_, index) => ({ put: make(from + index), creates: true }));
    await writeItems(client, writes, { table: name, guardCreations: false });
  }
}
