import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  paginateScan,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { marshallItem, unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { issuerName } from "../../core/model/ids.ts";
import { type Item, readTenant, TENANT_SORT_KEY, tenantKey } from "../../core/model/items.ts";
import { FILES_OWNER, itemKey, RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import { withGenerations } from "../../core/policy-files/publish/generations.ts";
import { findTakeovers } from "../../core/policy-files/publish/moved-tenant.ts";
import { findStale, rulesFromItems } from "../../core/policy-files/publish/recompile.ts";
import { type RunTimeItems, selectRunTime } from "../../core/policy-files/simulate/run-time-state.ts";
import { recompileTenant } from "../../runtime/table/recompile-tenant.ts";
import { type Scanned, scanTenants } from "../../runtime/table/scan-tenants.ts";
import { withTransactions } from "./transactions.ts";

export const TABLE_NAME = "portcullis-local";

/** An embedded DynamoDB without a server of its own: it handles the requests that another server passes to it. */
export interface EmbeddedTable {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** Reports whether a request is for DynamoDB, not for the API. */
export const isTableRequest = (request: IncomingMessage): boolean =>
  String(request.headers["x-amz-target"] ?? "").startsWith("DynamoDB_20120810.");

export function createEmbeddedTable(): EmbeddedTable {
  const server = dynalite({ createTableMs: 0 });
  return { handle: withTransactions((request, response) => void server.emit("request", request, response)) };
}

/** Creates the permissions table (strings `pk` and `sk`, on demand) and waits until it is active. */
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
 * Replaces an owner's items with the given ones, as a publish does. A tenant that is new gets a random generation, and one
 * that stays keeps its own. Items of run time do not change, but tenants that were moved to the files are taken over,
 * and roles that were written at run time are compiled again.
 *
 * @throws if a tenant's item has the owner `runtime` too; nothing is written then
 */
export async function seedTable(
  client: DynamoDBClient,
  name: string,
  items: readonly Item[],
  owner: string = FILES_OWNER,
): Promise<void> {
  const wanted = new Set(items.map(itemKey));
  const all = await readAll(client, name);
  const present = all.filter((item) => item["owner"] === owner);
  const runTime = all.filter((item) => item["owner"] === RUNTIME_OWNER);
  const takeovers =
    owner === FILES_OWNER ? findTakeovers(runTime, present, items).map(({ after }) => after) : [];
  const taken = new Set(takeovers.map(itemKey));
  const conflict = runTime.find((item) => wanted.has(itemKey(item)) && !taken.has(itemKey(item)));
  if (conflict !== undefined)
    throw new Error(
      `the tenant ${String(conflict["id"] ?? conflict["tenant"])} is in the files, and in the table as ${itemKey(conflict)} of owner "${RUNTIME_OWNER}", but a tenant must have one owner: remove its file, or the item (npx portcullis tenant remove)`,
    );
  const hashes = new Map(present.map((item) => [itemKey(item), item["hash"]]));
  const removed = present.filter((item) => !wanted.has(itemKey(item)));
  const changed = items.filter((item) => hashes.get(itemKey(item)) !== item["hash"]);
  const deletions = removed.map(
    ({ pk, sk }): WriteRequest => ({ DeleteRequest: { Key: marshallItem({ pk, sk }) } }),
  );
  const complete = withGenerations([...present, ...takeovers], () => randomUUID());
  const writes = changed.map(
    (item): WriteRequest => ({ PutRequest: { Item: marshallItem(complete(item)) } }),
  );
  await writeAll(client, name, [...deletions, ...writes]);
  const known = runTime.some(({ rules }) => rules !== undefined) ? rulesFromItems(items) : undefined;
  if (owner !== FILES_OWNER || known === undefined) return;
  for (const item of runTime.filter((one) => !taken.has(itemKey(one)))) {
    const found = findStale(item, known);
    if (found !== undefined && "content" in found)
      await recompileTenant({ client, table: name, who: "local" }, found, known);
  }
}

/** Reads the tenants, memberships and revocations of run time, or the tenants alone. */
export async function readRunTime(
  client: DynamoDBClient,
  name: string,
  scanned?: Scanned,
): Promise<RunTimeItems> {
  const items: Item[] = [];
  for await (const page of scanTenants(client, name, scanned)) items.push(...page);
  return selectRunTime(items);
}

/** Reads the directory of an issuer that a tenant's item lists. */
export async function readDirectoryName(
  client: DynamoDBClient,
  table: string,
  tenant: string,
  issuer: string,
): Promise<string | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: table,
      Key: marshallItem({ pk: tenantKey(tenant), sk: TENANT_SORT_KEY }),
      ConsistentRead: true,
    }),
  );
  const found = Item && readTenant(unmarshallItem(Item));
  return found?.id === tenant ? found.directories.get(issuerName(issuer)) : undefined;
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
