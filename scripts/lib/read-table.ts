import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/dynamodb-json.ts";
import { FILES_OWNER } from "../../core/files/permission-items.ts";
import type { Item } from "../../core/items.ts";

/** The items of a table that policy files own. Region, endpoint and credentials come from AWS's usual environment. */
export async function readFileOwnedItems(table: string): Promise<Item[]> {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const client = new DynamoDBClient({});
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName: table, ConsistentRead: true }))
    items.push(...(page.Items ?? []).map((item) => unmarshallItem(item)));
  client.destroy();
  return items.filter(
    (item) => item["owner"] === FILES_OWNER && (item["pk"] === "CATALOGUE" || item["sk"] === "TENANT"),
  );
}
