declare module "dynalite" {
  import type { Server } from "node:http";
  /** An in-memory DynamoDB behind an HTTP server; `createTableMs`: how long a table is being created. */
  export default function dynalite(options?: { createTableMs?: number; path?: string }): Server;
}
