import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { PublishOptions, PublishResult } from "../../../cli/publish/publish-items.ts";
import { marshallItem, unmarshallItem } from "../../../core/model/dynamodb-json.ts";
import { type Item, tenantKey } from "../../../core/model/items.ts";
import { itemKey, stampItem } from "../../../core/policy-files/compile/permission-items.ts";
import { hasGeneration } from "../../../core/policy-files/publish/generations.ts";
import { createEmbeddedTable, createTable } from "../../../local/table/table.ts";

export const TABLE = "permissions";

/** A command that the client sent. */
export interface Sent {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** An embedded table with a client that records its commands. A script may replace responses. */
export interface TestTable {
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  readonly sent: Sent[];
  /** Returns the commands that wrote items, without those for the history and the lock. */
  writes(): Sent[];
  /** Returns or throws a response in place of the table; undefined lets the table respond. */
  script: ((sent: Sent) => Promise<unknown> | unknown) | undefined;
  /** Writes an item. A tenant without a generation gets one. */
  put(item: Item): Promise<void>;
  /** Reads all items, without the history, and without the random generations of the files' tenants. */
  items(): Promise<Item[]>;
  /** Reads the generation of each tenant, by its partition. */
  generations(): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export async function startTable(): Promise<TestTable> {
  const embedded = createEmbeddedTable();
  const server = createServer((request, response) => embedded.handle(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  await createTable(client, TABLE);
  const readAll = async (): Promise<Item[]> => {
    const items: Item[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new ScanCommand({ TableName: TABLE, ...(from && { ExclusiveStartKey: from as never }) }),
      );
      items.push(...(page.Items ?? []).map(unmarshallItem));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return items
      .filter((item) => item["owner"] !== "history")
      .sort((a, b) => (itemKey(a) < itemKey(b) ? -1 : 1));
  };
  const sent: Sent[] = [];
  const complete = (item: Item): Item => (hasGeneration(item) ? item : { ...item, generation: "g1" });
  const table: TestTable = {
    client,
    endpoint,
    sent,
    script: undefined,
    writes: () => sent.filter(isItemWrite),
    put: async (item) => {
      await client.send(new PutItemCommand({ TableName: TABLE, Item: marshallItem(complete(item)) }));
    },
    items: async () => (await readAll()).map(withoutGeneration),
    generations: async () =>
      Object.fromEntries(
        (await readAll())
          .filter(({ sk }) => sk === "TENANT")
          .map(({ pk, generation }) => [String(pk), generation]),
      ),
    async close() {
      client.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const one: Sent = { name: String(context.commandName), input: args.input as Sent["input"] };
      sent.push(one);
      const scripted: unknown = await table.script?.(one);
      if (scripted === undefined) return next(args);
      return { output: { $metadata: {}, ...(scripted as object) }, response: {} } as never;
    },
    { step: "initialize", name: "scripted" },
  );
  return table;
}

const withoutGeneration = ({ generation, ...item }: Item): Item =>
  item["owner"] === "files" || generation === undefined ? item : { ...item, generation };

const isItemWrite = ({ name, input }: Sent): boolean =>
  name === "BatchWriteItemCommand" ||
  (name === "PutItemCommand" && !/history/.test(JSON.stringify(input["Item"])));

/** Returns the requests of a BatchWriteItem. */
export const requestsIn = ({ input }: Sent): unknown[] =>
  (input["RequestItems"] as Record<string, unknown[]>)[TABLE] ?? [];

export const throttled = (): Error =>
  Object.assign(new Error("slow down"), { name: "ProvisionedThroughputExceededException" });

export const OPTIONS: PublishOptions = {
  table: TABLE,
  version: { environment: "dev", made: "publish", commit: null, dirty: false },
  force: false,
  dryRun: false,
  restores: false,
  settleSeconds: 0,
  pauses: { first: 1, longest: 5, attempts: 6 },
};

export const roleItem = (name: string, ...grants: string[]): Item =>
  stampItem({ pk: "CATALOGUE", sk: `ROLE#${name}`, name, grants });

export const tenantItem = (id: string, content: Item = {}): Item =>
  stampItem({ pk: tenantKey(id), sk: "TENANT", id, status: "active", ...content });

export const runtimeTenant = (id: string): Item => ({
  ...tenantItem(id),
  owner: "runtime",
  generation: "g1",
});

/** Returns the items of a folder with one role and the given number of tenants. */
export const folder = (tenants: number, grants: readonly string[] = ["GET /a"]): Item[] => [
  roleItem("viewer", ...grants),
  ...Array.from({ length: tenants }, (_, index) => tenantItem(`t${String(index).padStart(6, "0")}`)),
];

/** Expects that a publish was not rejected. */
export function done(result: PublishResult) {
  if (result.outcome === "rejected") throw new Error(result.obstacles.join("\n"));
  return result;
}
