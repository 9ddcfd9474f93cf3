import { writeItems } from "../../cli/publish/write-items.ts";
import { respondTo } from "../../core/decision/authorize.ts";
import { CATALOGUE_KEY } from "../../core/model/items.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import type { Question } from "../deciding/engine.ts";
import { type BenchCaller, benchCaller } from "../fixtures/authorizer.ts";
import {
  buildLayout,
  firstRoutes,
  loadApi,
  makeQuestion,
  readStored,
  toCaller,
} from "../fixtures/compiled-api.ts";
import { customer, customerId } from "../fixtures/customers.ts";
import { githubApi } from "../fixtures/github.ts";
import { type Case, type Measurement, median } from "../measurement.ts";
import { microseconds } from "../microseconds.ts";
import { type BenchTable, fillTable, startBenchTable } from "../table/table.ts";

const TENANTS = [10, 1_000, 100_000, 1_000_000];
const TENANTS_QUICK = [10, 10_000];
const ROLES = [1, 2, 5, 10, 20];
const ROUTES = [10, 100, 300, 1_222];
/** Number of routes for the curve of roles. */
const ROUTES_FOR_ROLES = 300;
/** Decisions per round. At most as many as the smallest table has tenants, because each decision needs another tenant. */
const DECISIONS = 9;

/**
 * Measures three curves. Tenants: the whole authorizer with a new RS256 token of a tenant that is not cached, and the
 * table in a process of its own on loopback. Roles and routes: one policy of a verified caller whose tenant is cached.
 */
export const growth: Measurement = {
  name: "growth",
  about: "duration of one decision by the number of tenants, of the caller's roles, and of the API's routes",
  unit: "µs per decision",
  rounds: 20,
  warmUps: 3,
  async prepare(quick) {
    const caller = await benchCaller();
    const tables: TenantTable[] = [];
    for (const size of quick ? TENANTS_QUICK : TENANTS) tables.push(await fillTenantTable(caller, size));
    const api = githubApi(ROUTES_FOR_ROLES, Math.max(...ROLES));
    const decideForRoles = policyMaker(makeQuestion(api, 0));
    return {
      cases: [
        ...tables.map((tenants) => tenantsCase(caller, tenants)),
        ...ROLES.map((count) => pureCase("roles", count, () => decideForRoles(makeQuestion(api, count)))),
        ...(quick ? ROUTES.slice(0, 3) : ROUTES).map((count) => {
          const question = makeQuestion(githubApi(count), 3);
          const decide = policyMaker(question);
          return pureCase("routes", count, () => decide(question));
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

/** Returns a function that makes the response for the first group of one API. */
function policyMaker({ api }: Question): (question: Question) => unknown {
  const policies = loadApi(api);
  const [layout, stored] = [buildLayout(policies), readStored(policies)];
  const [resolved] = firstRoutes(layout);
  if (resolved === undefined) throw new Error("The layout has no group");
  return (question) => JSON.stringify(respondTo(resolved, toCaller(question), stored, layout).response);
}

/** A table of tenants, with counts of what was measured on it. */
interface TenantTable {
  readonly size: number;
  readonly table: BenchTable;
  readonly loadSeconds: number;
  round: number;
  reads: number;
  decisions: number;
}

async function fillTenantTable({ policies }: BenchCaller, size: number): Promise<TenantTable> {
  const table = await startBenchTable();
  process.stdout.write(`loading ${size.toLocaleString("en")} tenants\n`);
  const started = performance.now();
  await fillTable(table, size);
  const loadSeconds = Math.round(performance.now() - started) / 1_000;
  const catalogue = permissionItems(policies).filter(({ pk }) => pk === CATALOGUE_KEY);
  const puts = [...catalogue, customer("warm")].map((put) => ({ put, creates: true }));
  await writeItems(table.client, puts, { table: table.name, guardCreations: false });
  return { size, table, loadSeconds, round: 0, reads: 0, decisions: 0 };
}

const tenantsCase = (caller: BenchCaller, tenants: TenantTable): Case => ({
  name: `${tenants.size.toLocaleString("en")} tenants`,
  group: "tenants",
  at: tenants.size,
  kind: "ours",
  round: () => decideForNewTenants(caller, tenants),
  facts: async () => ({
    "reads per decision": tenants.reads / tenants.decisions,
    "load s": tenants.loadSeconds,
    "table MB": await tenants.table.request("memory"),
  }),
});

/** Runs one round: an authorizer that has cached the keys and the catalogue, and tenants that it has not cached. */
async function decideForNewTenants(caller: BenchCaller, tenants: TenantTable): Promise<number> {
  const { table, size } = tenants;
  const decide = caller.authorizer(table.reader, table.name);
  await decide(await caller.token("warm"));
  const first = tenants.round++ * DECISIONS;
  const tokens = await Promise.all(
    Array.from({ length: DECISIONS }, (_, index) => caller.token(customerId((first + index) % size))),
  );
  const before = countReads(table);
  const times: number[] = [];
  for (const token of tokens) {
    const started = performance.now();
    await decide(token);
    times.push((performance.now() - started) * 1_000);
  }
  tenants.decisions += times.length;
  tenants.reads += countReads(table) - before;
  return median(times);
}

const countReads = ({ sent }: BenchTable): number => sent.get("BatchGetItem") ?? 0;
