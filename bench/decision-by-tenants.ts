import { permissionItems } from "../core/files/permission-items.ts";
import type { Item } from "../core/items.ts";
import { CATALOGUE_KEY, tenantKey } from "../core/items.ts";
import { sealRuntime } from "../lambdas/tenants/store.ts";
import { writeItems } from "../scripts/lib/table/write-items.ts";
import { type BenchCaller, benchCaller, type MakeAuthorizer } from "./authorizer.ts";
import { type Measurement, median } from "./measurement.ts";
import { type BenchTable, fillTable, startBenchTable } from "./table.ts";

const SIZES = [10, 1_000, 100_000, 1_000_000];
const QUICK_SIZES = [10, 10_000];
/** No more than the smallest table has tenants, since none is asked for twice. */
const DECISIONS = 9;
const WARM_UP = 5;

/**
 * A decision for a tenant that was not asked for before, beside more and more tenants: a fresh RS256 token through
 * the authorizer, and the table in a process of its own behind loopback.
 */
export const decisionByTenants: Measurement = {
  name: "decision-by-tenants",
  about: "what a decision costs for a tenant not asked for before, by how many tenants the table has",
  unit: "ms",
  rounds: 40,
  warmUps: WARM_UP,
  async prepare(quick) {
    const caller = await benchCaller();
    const subjects: Subject[] = [];
    for (const size of quick ? QUICK_SIZES : SIZES) subjects.push(await prepare(caller, size));
    return {
      cases: subjects.map((subject) => ({
        name: `${subject.size} tenants`,
        kind: "ours",
        round: () => decideOnce(caller, subject),
        facts: () => factsOf(subject),
      })),
      close() {
        for (const { table } of subjects) table.close();
      },
    };
  },
};

/** One table, and what was measured on it. */
interface Subject {
  readonly size: number;
  readonly table: BenchTable;
  readonly loadSeconds: number;
  round: number;
  reads: number;
  decisions: number;
}

async function prepare({ policies }: BenchCaller, size: number): Promise<Subject> {
  const table = await startBenchTable();
  const catalogue = permissionItems(policies).filter(({ pk }) => pk === CATALOGUE_KEY);
  const first = [...catalogue, tenant("warm")].map((put) => ({ put, creates: true }));
  await writeItems(table.client, first, { table: table.name, guardCreations: false });
  process.stdout.write(`loading ${size} tenants\n`);
  const started = performance.now();
  await fillTable(table, size, (index) => tenant(idOf(index)));
  const loadSeconds = Math.round(performance.now() - started) / 1_000;
  return { size, table, loadSeconds, round: 0, reads: 0, decisions: 0 };
}

const idOf = (index: number): string => `t${index}`;

const tenant = (id: string): Item =>
  sealRuntime({
    pk: tenantKey(id),
    sk: "TENANT",
    id,
    name: `Customer ${id}`,
    status: "active",
    plan: "team",
  });

/** One round: an authorizer that has its keys and the catalogue, and tenants that it does not know. */
async function decideOnce(caller: BenchCaller, subject: Subject): Promise<number> {
  const { table, size } = subject;
  const decide = await warmAuthorizer(caller.authorizer, caller, table);
  const first = subject.round++ * DECISIONS;
  const tokens = await Promise.all(
    Array.from({ length: DECISIONS }, (_, index) => caller.token(idOf((first + index) % size))),
  );
  const before = table.sent.get("BatchGetItemCommand") ?? 0;
  const times: number[] = [];
  for (const token of tokens) {
    const started = performance.now();
    await decide(token);
    times.push(performance.now() - started);
  }
  subject.decisions += times.length;
  subject.reads += (table.sent.get("BatchGetItemCommand") ?? 0) - before;
  return median(times);
}

async function warmAuthorizer(make: MakeAuthorizer, caller: BenchCaller, { client, name }: BenchTable) {
  const decide = make(client, name);
  await decide(await caller.token("warm"));
  return decide;
}

async function factsOf({ table, loadSeconds, reads, decisions }: Subject): Promise<Record<string, number>> {
  return {
    "reads a decision": reads / decisions,
    "load s": loadSeconds,
    "table MB": await table.megabytes(),
  };
}
