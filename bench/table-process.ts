import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEmbeddedTable } from "../local/table.ts";

/** The local stack's table in a process of its own: tells where it listens, and its memory when it is asked. */
const embedded = createEmbeddedTable();
const server = createServer((request, response) => embedded.handle(request, response));
server.listen(0, "127.0.0.1", () => {
  process.send?.({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on("message", () => process.send?.({ bytes: process.memoryUsage().rss }));
process.on("disconnect", () => process.exit());
