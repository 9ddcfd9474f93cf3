import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { BatchWriteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { marshallItem } from "../core/dynamodb-json.ts";
import { seal } from "../core/files/permission-items.ts";
import type { Item } from "../core/items.ts";
import { createEmbeddedTable, createTable } from "../local/table.ts";
import { tableClient } from "../scripts/lib/table/client.ts";
import { History } from "../scripts/lib/table/history.ts";
import { type PublishOptions, publishItems } from "../scripts/lib/table/publish-items.ts";

/**
 * `npx tsx bench/publish.ts [ITEMS]`: a publish into the embedded table beside a plain loop of
 * BatchWriteItem, a second publish, and a rollback of 3,000 tenants. Not a part of `npm test`: it takes minutes.
 */
const COUNT = Number(process.argv[2] ?? "100000");

const embedded = createEmbeddedTable();
const server = createServer((request, response) => embedded.handle(request, response));
await new Promise<void>((resolve) => {
  server.listen(0, "127.0.0.1", resolve);
});
const client = tableClient({
  AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
});
const written = { count: 0 };
client.middlewareStack.add(
  (next, context) => (args) => {
    if (/Put|Write|Delete/.test(String(context.commandName))) written.count += 1;
    return next(args);
  },
  { step: "initialize" },
);

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

async function timed<T>(what: string, items: number, work: () => Promise<T>): Promise<T> {
  const [start, before] = [performance.now(), written.count];
  const result = await work();
  const seconds = (performance.now() - start) / 1_000;
  const rate = Math.round(items / seconds);
  process.stdout.write(
    `${what.padEnd(52)} ${seconds.toFixed(1).padStart(7)} s ${String(rate).padStart(7)} items/s ${String(written.count - before).padStart(6)} writing requests\n`,
  );
  return result;
}

async function plainLoop(into: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  for (let at = 0; at < items.length; at += 25) {
    const requests = items.slice(at, at + 25).map((item) => ({ PutRequest: { Item: marshallItem(item) } }));
    await into.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
}

const items = [role, ...tenants(COUNT - 1)];
await createTable(client, "looped");
await timed("plain loop of BatchWriteItem", COUNT, () => plainLoop(client, "looped", items));
await createTable(client, OPTIONS.table);
await timed("publish, first", COUNT, () => publishItems(client, items, OPTIONS));
await timed("publish, second", COUNT, () => publishItems(client, items, OPTIONS));

await createTable(client, "rolled-back");
const small = { ...OPTIONS, table: "rolled-back" };
const [old, changed] = [tenants(3_000), tenants(3_000, { status: "suspended" })];
await publishItems(client, [role, ...old], small);
await publishItems(client, [role, ...changed], small);
await timed("rollback of 3,000 changed tenants", 3_000, async () => {
  const history = new History(client, small.table);
  const [first] = (await history.read()).versions;
  if (first === undefined) throw new Error("There is no version");
  await publishItems(client, await history.items(first), { ...small, restores: true });
});
await publishItems(client, [role], small);
await timed("rollback of 3,000 deleted tenants", 3_000, async () => {
  const history = new History(client, small.table);
  const [first] = (await history.read()).versions;
  if (first === undefined) throw new Error("There is no version");
  await publishItems(client, await history.items(first), { ...small, restores: true });
});
client.destroy();
server.closeAllConnections();
server.close();
