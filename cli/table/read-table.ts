import type { Item } from "../../core/model/items.ts";
import { withTableClient } from "./client.ts";
import { readTable } from "./read-items.ts";

/** Reads all items of a table that the policy files own, with a client from AWS's usual environment. */
export const readFileOwnedItems = (table: string): Promise<readonly Item[]> =>
  withTableClient(async (client) => (await readTable(client, table)).ours);
