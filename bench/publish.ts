import { BatchWriteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { marshallItem } from "../core/dynamodb-json.ts";
import { seal } from "../core/files/permission-items.ts";
import type { Item } from "../core/items.ts";
import { createTable } from "../local/table.ts";
import { History } from "../scripts/lib/table/history.ts";
import { type PublishOptions, publishItems } from "../scripts/lib/table/publish-items.ts";
import type { Figure, Measurement } from "./measurement.ts";
import { type BenchTable, startBenchTable } from "./table.ts";

/** A publish beside a plain loop of BatchWriteItem, a second publish that finds nothing to do, and rollbacks. */
export const publishing: Measurement = {
  name: "publish",
  about: "what publish and rollback take beside a plain loop of BatchWriteItem, into the local table",
  unit: "ms per 1,000 items",
  async run(quick) {
    const table = await startBenchTable();
    try {
      return quick
        ? [...(await publishes(table, 1_000)), ...(await rollbacks(table, 100))]
        : [...(await publishes(table, 100_000)), ...(await rollbacks(table, 3_000))];
    } finally {
      table.close();
    }
  },
};

const ROUTES = Array.from({ length: 30 }, (_, index) => `GET /collection-${index}/{id}`);
const OPTIONS: PublishOptions = {
  table: "published",
  version: { environment: "bench", made: "publish", commit: null, dirty: false },
  force: false,
  dryRun: false,
  restores: false,
  settleSeconds: 0,
};

const tenants = (count: number, content: Item = {}): Item[] =>
  Array.from({ length: count }, (_, index) =>
    seal({
      pk: `TENANT#t${index}`,
      sk: "TENANT",
      id: `t${index}`,
      name: `Tenant number ${index}`,
      status: "active",
      never: ROUTES.slice(index % 20, (index % 20) + 5),
      ...content,
    }),
  );
const role: Item = seal({ pk: "CATALOGUE", sk: "ROLE#viewer", name: "viewer", grants: ROUTES });

async function publishes(table: BenchTable, count: number): Promise<Figure[]> {
  const { client } = table;
  const items = [role, ...tenants(count - 1)];
  await createTable(client, "looped");
  await createTable(client, OPTIONS.table);
  return [
    await timed(table, `plain loop, ${count} items`, count, () => plainLoop(client, "looped", items)),
    await timed(table, `publish, ${count} items`, count, () => publishItems(client, items, OPTIONS)),
    await timed(table, "publish, again", count, () => publishItems(client, items, OPTIONS)),
  ];
}

async function rollbacks(table: BenchTable, count: number): Promise<Figure[]> {
  const { client } = table;
  await createTable(client, "rolled-back");
  const options = { ...OPTIONS, table: "rolled-back" };
  const rollBack = async (): Promise<void> => {
    const history = new History(client, options.table);
    const [first] = (await history.read()).versions;
    if (first === undefined) throw new Error("There is no version");
    await publishItems(client, await history.items(first), { ...options, restores: true });
  };
  await publishItems(client, [role, ...tenants(count)], options);
  await publishItems(client, [role, ...tenants(count, { status: "suspended" })], options);
  const changed = await timed(table, `rollback of ${count} changed tenants`, count, rollBack);
  await publishItems(client, [role], options);
  return [changed, await timed(table, `rollback of ${count} deleted tenants`, count, rollBack)];
}

const writesIn = ({ sent }: BenchTable): number =>
  [...sent].reduce((sum, [name, count]) => sum + (/Put|Write|Delete/.test(name) ? count : 0), 0);

async function timed(
  table: BenchTable,
  name: string,
  items: number,
  work: () => Promise<unknown>,
): Promise<Figure> {
  const [started, before] = [performance.now(), writesIn(table)];
  await work();
  const ms = performance.now() - started;
  return { name, rounds: [(ms * 1_000) / items], facts: { "writing requests": writesIn(table) - before } };
}

async function plainLoop(into: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  for (let at = 0; at < items.length; at += 25) {
    const requests = items.slice(at, at + 25).map((item) => ({ PutRequest: { Item: marshallItem(item) } }));
    await into.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
}
