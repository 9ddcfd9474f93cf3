import { createRequire } from "node:module";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";

/** dynalite's own store, as much of it as is used here. */
interface Store {
  getTable(name: string, done: (error: Error | null, table: unknown) => void): void;
  getItemDb(name: string): {
    batch(operations: readonly Put[], done: (error: Error | null) => void): void;
  };
}

interface Put {
  readonly type: "put";
  readonly key: string;
  readonly value: unknown;
}

interface Database {
  create(options: unknown): Store;
  createKey(item: unknown, table: unknown): string;
}

/** Writes into a table beside its API: by it, a million items take twenty minutes. */
export type WriteBeside = (table: string, items: readonly Item[]) => Promise<void>;

/** For the next table that is created. Its API reads the items: the callers make sure that it does. */
export function storeOfNextTable(): WriteBeside {
  const database = createRequire(import.meta.url)("dynalite/db") as Database;
  const { create } = database;
  let store: Store | undefined;
  database.create = (options) => {
    database.create = create;
    store = create(options);
    return store;
  };
  return async (name, items) => {
    const own = store;
    if (own === undefined) throw new Error("No table was created");
    const table = await new Promise<unknown>((resolve, reject) => {
      own.getTable(name, (error, found) => (error === null ? resolve(found) : reject(error)));
    });
    const puts = items.map((item): Put => {
      const value = marshallItem(item);
      return { type: "put", key: database.createKey(value, table), value };
    });
    await new Promise<void>((resolve, reject) => {
      own.getItemDb(name).batch(puts, (error) => (error === null ? resolve() : reject(error)));
    });
  };
}
