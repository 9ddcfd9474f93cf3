import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { readLines } from "../../cli/bulk/lines.ts";
import { readExport } from "../../cli/bulk/read-export.ts";
import { type ImportResult, importLines } from "../../cli/bulk/run-import.ts";
import { writeItems } from "../../cli/publish/write-items.ts";
import { retry } from "../../cli/table/back-off.ts";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import { type Item, tenantKey } from "../../core/model/items.ts";
import { stampItem } from "../../core/policy-files/compile/permission-items.ts";
import { type StoreOptions, stampRuntime } from "../../runtime/table/store.ts";
import { manyTenants } from "../../tests/support/many-tenants.ts";
import type { Measurement } from "../measurement.ts";
import { type BenchTable, startBenchTable } from "../table/table.ts";

const [TENANTS, TENANTS_QUICK, EACH, BATCH] = [3_000, 30, 50, 25];

/** What the lines refer to. */
const CATALOGUE: readonly Item[] = [
  stampItem({
    ...{ pk: "CATALOGUE", sk: "ISSUER#main", name: "main", tenants: "*", memberships: "merge" },
    claims: { tenant: ["tenant"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
    ...{ audienceClaims: ["aud"], types: [""] },
  }),
  stampItem({ pk: "CATALOGUE", sk: "PLAN#team", name: "team", ceiling: ["GET /a"] }),
  ...["viewer", "editor"].map((name) =>
    stampItem({ pk: "CATALOGUE", sk: `ROLE#${name}`, name, grants: ["GET /a"] }),
  ),
];

/**
 * Measures an import of tenants with fifty memberships each into an empty table, in a process of its own on loopback, and
 * what it takes at least: a loop of batches without conditions, checks, history and order, with the same items.
 */
export const importing: Measurement = {
  name: "import",
  about: "importing tenants and memberships, against a loop of BatchWriteItem",
  unit: "s",
  rounds: 3,
  warmUps: 0,
  goals: [{ name: "import", of: "loop of BatchWriteItem", atMost: 2 }],
  async prepare(quick) {
    const lines = manyTenants({
      ...{ tenants: quick ? TENANTS_QUICK : TENANTS, each: EACH },
      ...{ plan: "team", issuer: "main", roles: ["viewer", "editor"] },
    });
    const text = lines.join("\n");
    return {
      cases: [
        {
          name: "loop of BatchWriteItem",
          kind: "floor",
          round: () => onTable((table) => writeLoop(table, text)),
        },
        { name: "import", kind: "ours", round: () => onTable((table) => measureImport(table, text, lines)) },
      ],
    };
  },
};

async function onTable<T>(work: (table: BenchTable) => Promise<T>): Promise<T> {
  const table = await startBenchTable();
  try {
    const puts = CATALOGUE.map((put) => ({ put, creates: true }));
    await writeItems(table.client, puts, { table: table.name, guardCreations: false });
    return await work(table);
  } finally {
    table.close();
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

const writeLoop = ({ client, name }: BenchTable, text: string): Promise<number> =>
  seconds(async () => {
    const lines = text.split("\n");
    for (let at = 0; at < lines.length; at += BATCH) {
      const items = lines.slice(at, at + BATCH).map((line) => toItem(JSON.parse(line)));
      const batch = items.map((item) => ({ PutRequest: { Item: marshallItem(item) } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: batch } }));
    }
  });

const GENERATION = "6f1c2a90-3c0e-4d8e-9a53-0f6b1d1b7a11";

/** Returns the item of a generated line, as an import writes it. */
function toItem({ tenant, membership }: Readonly<Record<string, Item>>): Item {
  if (tenant !== undefined) {
    const key = { pk: tenantKey(String(tenant["id"])), sk: "TENANT" };
    return stampRuntime({ ...tenant, ...key, status: "active", generation: GENERATION });
  }
  const { tenant: id, to, role } = membership ?? {};
  const { issuer, subject } = to as { issuer: string; subject: string };
  return stampRuntime({
    ...{ pk: tenantKey(String(id)), sk: `MEMBER#${issuer}#${subject}` },
    ...{ id, generation: GENERATION, roles: [{ role, by: "bench" }] },
  });
}

async function measureImport({ client, name }: BenchTable, text: string, lines: readonly string[]) {
  const store: StoreOptions = { client, table: name, who: "bench" };
  const options = { dryRun: false, again: false, why: "" };
  const run = async (outcome: ImportResult["outcome"]): Promise<void> => {
    const result = await importLines(store, readLines(text), options);
    if (result.outcome !== outcome) throw new Error(`Expected ${outcome}, found ${result.outcome}`);
  };
  const value = await seconds(() => run("done"));
  const again = await seconds(() => run("unchanged"));
  let exported: readonly string[] = [];
  const exporting = await seconds(async () => {
    exported = await retry(() => readExport(store, []));
  });
  if (exported.join("\n") !== lines.join("\n")) throw new Error("The export differs from what was imported");
  const memory = Math.round(process.memoryUsage().rss / 1_000_000);
  return { value, alongside: { "s for the same again": again, "s for the export": exporting, MB: memory } };
}
