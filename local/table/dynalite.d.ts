declare module "dynalite" {
  import type { Server } from "node:http";
  /** An in-memory DynamoDB behind an HTTP server; `createTableMs`: how long the creation of a table takes. */
  export default function dynalite(options?: { createTableMs?: number; path?: string }): Server;
}
