import { createRequire } from "node:module";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";

/** The part of dynalite's store that is used here. */
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

/** Writes into a table's store directly, because the API takes twenty minutes for a million items. */
export type WriteDirectly = (table: string, items: readonly Item[]) => Promise<void>;

/** Captures the store of the next embedded table. Callers check that the table's API returns the written items. */
export function captureNextStore(): WriteDirectly {
  const database = createRequire(import.meta.url)("dynalite/db") as Database;
  const { create } = database;
  let store: Store | undefined;
  database.create = (options) => {
    database.create = create;
    store = create(options);
    return store;
  };
  return async (name, items) => {
    const captured = store;
    if (captured === undefined) throw new Error("No table was created: create one before writing");
    const table = await new Promise<unknown>((resolve, reject) => {
      captured.getTable(name, (error, found) => (error === null ? resolve(found) : reject(error)));
    });
    const puts = items.map((item): Put => {
      const value = marshallItem(item);
      return { type: "put", key: database.createKey(value, table), value };
    });
    await new Promise<void>((resolve, reject) => {
      captured.getItemDb(name).batch(puts, (error) => (error === null ? resolve() : reject(error)));
    });
  };
}
