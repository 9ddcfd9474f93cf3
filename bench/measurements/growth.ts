import { writeItems } from "../../cli/publish/write-items.ts";
import { respondTo } from "../../core/decision/authorize.ts";
import { CATALOGUE_KEY } from "../../core/model/items.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { type BenchCaller, benchCaller } from "../authorizer.ts";
import { callerOf, layoutOf, placesOf, policiesOf, questionOf, storedOf } from "../compiled-api.ts";
import { customer, customerId } from "../customers.ts";
import type { Question } from "../engine.ts";
import { githubApi } from "../github.ts";
import { type Case, type Measurement, median } from "../measurement.ts";
import { microseconds } from "../microseconds.ts";
import { type BenchTable, fillTable, startBenchTable } from "../table/table.ts";

const TENANTS = [10, 1_000, 100_000, 1_000_000];
const TENANTS_QUICKLY = [10, 10_000];
const ROLES = [1, 2, 5, 10, 20];
const ROUTES = [10, 100, 300, 1_222];
/** Of the curves of roles. */
const ROUTES_OF_ROLES = 300;
/** No more than the smallest table has tenants, since none is asked for twice. */
const DECISIONS = 9;

/**
 * Three curves. Tenants: a fresh RS256 token of a tenant not asked for before through the authorizer, and the table in
 * a process of its own behind loopback. Roles and routes: one policy of a verified caller whose tenant is known.
 */
export const growth: Measurement = {
  name: "growth",
  about: "what one decision costs by the number of tenants, of the caller's roles, and of the API's routes",
  unit: "µs a decision",
  rounds: 20,
  warmUps: 3,
  async prepare(quick) {
    const caller = await benchCaller();
    const tables: Tenants[] = [];
    for (const size of quick ? TENANTS_QUICKLY : TENANTS) tables.push(await tenantsIn(caller, size));
    const api = githubApi(ROUTES_OF_ROLES, Math.max(...ROLES));
    const decision = decisionOf(questionOf(api, 0));
    return {
      cases: [
        ...tables.map((tenants) => tenantsCase(caller, tenants)),
        ...ROLES.map((count) => pureCase("roles", count, () => decision(questionOf(api, count)))),
        ...(quick ? ROUTES.slice(0, 3) : ROUTES).map((count) => {
          const asked = questionOf(githubApi(count), 3);
          const decide = decisionOf(asked);
          return pureCase("routes", count, () => decide(asked));
        }),
      ],
      close: () => tables.forEach(({ table }) => void table.close()),
    };
  },
};

const pureCase = (group: string, at: number, decide: () => unknown): Case => ({
  name: at === 1 ? `1 ${group.slice(0, -1)}` : `${at.toLocaleString("en")} ${group}`,
  group,
  at,
  kind: "ours",
  round: () => microseconds(decide),
});

/** Decides for callers of one API: the policy of the first group. */
function decisionOf({ api }: Question): (asked: Question) => unknown {
  const policies = policiesOf(api);
  const [layout, stored] = [layoutOf(policies), storedOf(policies)];
  const [resolved] = placesOf(layout);
  if (resolved === undefined) throw new Error("There is no group");
  return (asked) => JSON.stringify(respondTo(resolved, callerOf(asked), stored, layout).response);
}

/** One table, and what was measured on it. */
interface Tenants {
  readonly size: number;
  readonly table: BenchTable;
  readonly loadSeconds: number;
  round: number;
  reads: number;
  decisions: number;
}

async function tenantsIn({ policies }: BenchCaller, size: number): Promise<Tenants> {
  const table = await startBenchTable();
  process.stdout.write(`loading ${size.toLocaleString("en")} tenants\n`);
  const started = performance.now();
  await fillTable(table, size);
  const loadSeconds = Math.round(performance.now() - started) / 1_000;
  const catalogue = permissionItems(policies).filter(({ pk }) => pk === CATALOGUE_KEY);
  const rest = [...catalogue, customer("warm")].map((put) => ({ put, creates: true }));
  await writeItems(table.client, rest, { table: table.name, guardCreations: false });
  return { size, table, loadSeconds, round: 0, reads: 0, decisions: 0 };
}

const tenantsCase = (caller: BenchCaller, tenants: Tenants): Case => ({
  name: `${tenants.size.toLocaleString("en")} tenants`,
  group: "tenants",
  at: tenants.size,
  kind: "ours",
  round: () => decideForNew(caller, tenants),
  facts: async () => ({
    "reads a decision": tenants.reads / tenants.decisions,
    "load s": tenants.loadSeconds,
    "table MB": await tenants.table.ask("memory"),
  }),
});

/** One round: an authorizer that has its keys and the catalogue, and tenants that it does not know. */
async function decideForNew(caller: BenchCaller, tenants: Tenants): Promise<number> {
  const { table, size } = tenants;
  const decide = caller.authorizer(table.reading, table.name);
  await decide(await caller.token("warm"));
  const first = tenants.round++ * DECISIONS;
  const tokens = await Promise.all(
    Array.from({ length: DECISIONS }, (_, index) => caller.token(customerId((first + index) % size))),
  );
  const before = readsOf(table);
  const times: number[] = [];
  for (const token of tokens) {
    const started = performance.now();
    await decide(token);
    times.push((performance.now() - started) * 1_000);
  }
  tenants.decisions += times.length;
  tenants.reads += readsOf(table) - before;
  return median(times);
}

const readsOf = ({ sent }: BenchTable): number => sent.get("BatchGetItem") ?? 0;
