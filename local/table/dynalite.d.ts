declare module "dynalite" {
  import type { Server } from "node:http";
  /** An in-memory DynamoDB behind an HTTP server; `createTableMs`: how long the creation of a table takes. */
  export default function dynalite(options?: { createTableMs?: number; path?: string }): Server;
}

declare module "dynalite/validations/index.js" {
  /** A parsed condition. */
  export type Condition = { readonly brand: "condition" };
  /** Parses the expressions of a request into the request itself. Returns what is wrong with them. */
  export function validateExpressions(request: object): string | undefined;
}

declare module "dynalite/db/index.js" {
  import type { Condition } from "dynalite/validations/index.js";
  /** Returns whether an item, as DynamoDB's JSON, meets a condition. */
  export function matchesExprFilter(item: object, condition: Condition): boolean;
  /** Returns the size of an item, as DynamoDB's JSON, in bytes. */
  export function itemSize(item: object): number;
}
