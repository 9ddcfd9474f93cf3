import { type Item, isOwnIssuer } from "../../core/model/items.ts";
import { withTableClient } from "./client.ts";
import { readTable } from "./read-items.ts";

/** Reads a table's catalogue and tenants that the policy files own, with a client from AWS's usual environment. */
export const readFileOwnedItems = (table: string): Promise<readonly Item[]> =>
  withTableClient(async (client) => {
    const { ours } = await readTable(client, table);
    return ours.filter((item) => item["pk"] === "CATALOGUE" || item["sk"] === "TENANT" || isOwnIssuer(item));
  });
