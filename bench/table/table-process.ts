import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEmbeddedTable } from "../../local/table/table.ts";
import { customer, customerId } from "../fixtures/customers.ts";
import { captureNextStore } from "./table-store.ts";

/** A request to the process: report memory use, or write a number of customers into a table and then report it. */
export type TableRequest = "memory" | { readonly table: string; readonly customers: number };

/** Number of customers per write. */
const BATCH = 10_000;

// The local stack's table in a process of its own. It reports its URL, then handles requests.
const write = captureNextStore();
const embedded = createEmbeddedTable();
const server = createServer((request, response) => embedded.handle(request, response));
server.listen(0, "127.0.0.1", () => {
  process.send?.({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on("message", async (request: TableRequest) => {
  if (request !== "memory") await fill(request);
  process.send?.({ bytes: process.memoryUsage().rss });
});
process.on("disconnect", () => process.exit());

async function fill({ table, customers }: Exclude<TableRequest, string>): Promise<void> {
  for (let from = 0; from < customers; from += BATCH) {
    const count = Math.min(BATCH, customers - from);
    await write(
      table,
      Array.from({ length: count }, (_, index) => customer(customerId(from + index))),
    );
  }
}
