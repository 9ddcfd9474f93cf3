import { createRequire } from "node:module";
import type { AddressInfo, Server } from "node:net";
import { DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { tableClient } from "../../cli/table/client.ts";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { withGenerations } from "../../core/policy-files/publish/generations.ts";
import { createTable } from "../../local/table/table.ts";
import { dynamodbClient } from "../../runtime/table/dynamodb-client.ts";
import { TABLE_NAME, tableConfig } from "./configuration.ts";

const dynalite = createRequire(import.meta.url)("dynalite") as (options: { createTableMs: number }) => Server;

/**
 * Starts an in-memory DynamoDB table. Tenants without a generation get one. `client` is for tools, `reading` is the
 * authorizer's client.
 */
export async function startTable(items: readonly Item[]) {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = tableClient({ AWS_ENDPOINT_URL: endpoint });
  const reading = dynamodbClient(tableConfig(endpoint));
  await createTable(client, TABLE_NAME);
  const put = async (item: Item) => {
    await client.send(new PutItemCommand({ TableName: TABLE_NAME, Item: marshallItem(item) }));
  };
  const remove = async (pk: string, sk: string) => {
    await client.send(
      new DeleteItemCommand({ TableName: TABLE_NAME, Key: marshallItem({ pk, sk }) as never }),
    );
  };
  for (const item of items.map(withGenerations(items, () => "g1"))) await put(item);
  const stop = async () => {
    client.destroy();
    reading.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { endpoint, client, reading, put, remove, stop };
}
