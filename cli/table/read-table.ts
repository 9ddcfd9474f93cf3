import { type Item, isOwnIssuer } from "../../core/model/items.ts";
import { tableClient } from "./client.ts";
import { readTable } from "./read-items.ts";

/** Reads a table's catalogue and tenants that the policy files own, with a client from AWS's usual environment. */
export async function readFileOwnedItems(table: string): Promise<readonly Item[]> {
  const client = tableClient();
  try {
    const { ours } = await readTable(client, table);
    return ours.filter((item) => item["pk"] === "CATALOGUE" || item["sk"] === "TENANT" || isOwnIssuer(item));
  } finally {
    client.destroy();
  }
}
