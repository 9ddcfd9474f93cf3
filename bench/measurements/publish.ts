import { BatchWriteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { History } from "../../cli/publish/history.ts";
import { type PublishOptions, publishItems } from "../../cli/publish/publish-items.ts";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { stampItem } from "../../core/policy-files/compile/permission-items.ts";
import { createTable } from "../../local/table/table.ts";
import type { Case, Measurement, Sample } from "../measurement.ts";
import { type BenchTable, startBenchTable } from "../table/table.ts";

/** Measures a plain loop of BatchWriteItem, a first publish, a second publish without changes, and rollbacks. */
export const publishing: Measurement = {
  name: "publish",
  about:
    "duration of publish and rollback into the local table, compared with a plain loop of BatchWriteItem",
  unit: "ms per 1,000 items",
  async prepare(quick) {
    const table = await startBenchTable();
    const [written, changed] = quick ? [1_000, 100] : [10_000, 1_000];
    return {
      cases: [...publishes(table, written), ...rollbacks(table, changed)],
      close: () => table.close(),
    };
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
    stampItem({
      pk: `TENANT#t${index}`,
      sk: "TENANT",
      id: `t${index}`,
      name: `Tenant number ${index}`,
      status: "active",
      never: ROUTES.slice(index % 20, (index % 20) + 5),
      ...content,
    }),
  );
const role: Item = stampItem({ pk: "CATALOGUE", sk: "ROLE#viewer", name: "viewer", grants: ROUTES });

function publishes(table: BenchTable, count: number): Case[] {
  const { client } = table;
  const items = [role, ...tenants(count - 1)];
  const createTarget = async (name: string): Promise<PublishOptions> => {
    await createTable(client, name);
    return { ...OPTIONS, table: name };
  };
  return [
    {
      name: `plain loop, ${count.toLocaleString("en")} items`,
      kind: "floor",
      async round() {
        const target = await createTarget(nextTableName());
        return measure(table, count, () => plainLoop(client, target.table, items));
      },
    },
    {
      name: `publish, ${count.toLocaleString("en")} items`,
      kind: "ours",
      async round() {
        const options = await createTarget(nextTableName());
        return measure(table, count, () => publishItems(client, items, options));
      },
    },
    {
      name: "second publish, no change",
      kind: "ours",
      async round() {
        const options = await createTarget(nextTableName());
        await publishItems(client, items, options);
        return measure(table, count, () => publishItems(client, items, options));
      },
    },
  ];
}

let tables = 0;
const nextTableName = (): string => `table-${++tables}`;

const rollbacks = (table: BenchTable, count: number): Case[] => [
  {
    name: `rollback of ${count.toLocaleString("en")} changed tenants`,
    kind: "ours",
    round: () => rollback(table, count, [role, ...tenants(count, { status: "suspended" })]),
  },
  {
    name: `rollback of ${count.toLocaleString("en")} deleted tenants`,
    kind: "ours",
    round: () => rollback(table, count, [role]),
  },
];

async function rollback(table: BenchTable, count: number, second: readonly Item[]): Promise<Sample> {
  const { client } = table;
  const options = { ...OPTIONS, table: nextTableName() };
  await createTable(client, options.table);
  await publishItems(client, [role, ...tenants(count)], options);
  await publishItems(client, second, options);
  const history = new History(client, options.table);
  const [first] = (await history.read()).versions;
  if (first === undefined) throw new Error("The table has no published version to roll back to");
  return measure(table, count, async () =>
    publishItems(client, await history.items(first), { ...options, restores: true }),
  );
}

const countWrites = ({ sent }: BenchTable): number =>
  [...sent].reduce((sum, [name, count]) => sum + (/Put|Write|Delete/.test(name) ? count : 0), 0);

async function measure(table: BenchTable, items: number, work: () => Promise<unknown>): Promise<Sample> {
  const [started, before] = [performance.now(), countWrites(table)];
  await work();
  const ms = performance.now() - started;
  return { value: (ms * 1_000) / items, alongside: { "write requests": countWrites(table) - before } };
}

async function plainLoop(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  for (let at = 0; at < items.length; at += 25) {
    const requests = items.slice(at, at + 25).map((item) => ({ PutRequest: { Item: marshallItem(item) } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
}
