import { type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { type Item, tenantKey } from "../../core/model/items.ts";
import { itemKey, RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import { getItem, type Key } from "../../runtime/table/store.ts";
import { tableClient } from "./client.ts";

const ATTEMPTS = 5;

/** Reads all run-time tenants, memberships and revocations, in the order of their keys. Reads the whole table. */
export async function readRunTimeItems(table: string): Promise<Item[]> {
  const client = tableClient(process.env, ATTEMPTS);
  try {
    return await runTimeItems(client, table);
  } finally {
    client.destroy();
  }
}

/** Like {@link readRunTimeItems}, with a client of the caller's. */
export async function runTimeItems(client: DynamoDBClient, table: string): Promise<Item[]> {
  const items: Item[] = [];
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      FilterExpression: "#owner = :runtime AND begins_with(pk, :tenants)",
      ExpressionAttributeNames: { "#owner": "owner" },
      ExpressionAttributeValues: { ":runtime": { S: RUNTIME_OWNER }, ":tenants": { S: tenantKey("") } },
    },
  );
  for await (const page of pages) items.push(...(page.Items ?? []).map((item) => unmarshallItem(item)));
  return items.sort((a, b) => (itemKey(a) < itemKey(b) ? -1 : 1));
}

/** Reads the items that exist at the given keys, with consistent reads. */
export async function readItemsAt(table: string, keys: readonly Key[]): Promise<Item[]> {
  const client = tableClient(process.env, ATTEMPTS);
  try {
    const items = await Promise.all(keys.map((key) => getItem({ client, table, who: "" }, key)));
    return items.filter((item) => item !== undefined);
  } finally {
    client.destroy();
  }
}
