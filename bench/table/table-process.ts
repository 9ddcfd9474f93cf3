import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEmbeddedTable } from "../../local/table/table.ts";
import { customer, customerId } from "../customers.ts";
import { storeOfNextTable } from "./table-store.ts";

/** What the process is asked: its memory, or to write so many customers into a table. */
export type TableRequest = "memory" | { readonly table: string; readonly customers: number };

/** Held at once while they are written. */
const PART = 10_000;

/** The local stack's table in a process of its own: tells where it listens, and does what it is asked. */
const write = storeOfNextTable();
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
  for (let from = 0; from < customers; from += PART) {
    const count = Math.min(PART, customers - from);
    await write(
      table,
      Array.from({ length: count }, (_, index) => customer(customerId(from + index))),
    );
  }
}
