import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { BatchGetItemCommand, paginateScan } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { customer, customerId } from "../../bench/fixtures/customers.ts";
import { captureNextStore } from "../../bench/table/table-store.ts";
import { tableClient } from "../../cli/table/client.ts";
import { marshallItem, unmarshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { createEmbeddedTable, createTable } from "../../local/table/table.ts";

test("items that are written into the store directly are returned by the table's API", async () => {
  const write = captureNextStore();
  const embedded = createEmbeddedTable();
  const server = createServer((request, response) => embedded.handle(request, response)).listen(
    0,
    "127.0.0.1",
  );
  await new Promise((resolve) => server.once("listening", resolve));
  const client = tableClient({
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
  try {
    await createTable(client, "permissions");
    const items = Array.from({ length: 300 }, (_, index) => customer(customerId(index)));
    await write("permissions", items);
    const [first, last] = [items[0] as Item, items[299] as Item];
    const { Responses } = await client.send(
      new BatchGetItemCommand({
        RequestItems: {
          permissions: { Keys: [first, last].map(({ pk, sk }) => marshallItem({ pk, sk })) },
        },
      }),
    );
    const read = Responses?.["permissions"]?.map((item) => unmarshallItem(item));
    // The API returns the items in any order.
    expect(new Set(read)).toEqual(new Set([first, last]));
    let count = 0;
    for await (const page of paginateScan({ client }, { TableName: "permissions", Select: "COUNT" }))
      count += page.Count ?? 0;
    expect(count).toBe(300);
  } finally {
    client.destroy();
    server.close();
  }
});
