import { setTimeout as sleep } from "node:timers/promises";
import { ISSUERS_KEY, readIssuerSwitches } from "../../core/model/issuer-switch.ts";
import { CATALOGUE_KEY, TENANT_SORT_KEY } from "../../core/model/items.ts";
import type { TenantRules } from "../../core/policy-files/model/written-rules.ts";
import { canonicalJson } from "../../core/policy-files/source/digest.ts";
import { getCatalogue } from "../../runtime/table/catalogue.ts";
import { checkFree } from "../../runtime/table/directories.ts";
import { queryItems, type StoreOptions } from "../../runtime/table/store.ts";
import { StoreError } from "../../runtime/table/store-error.ts";
import { concernsRules, getRoutes, putRules } from "../../runtime/table/tenant-rules.ts";
import { directoriesOf, moveDirectories } from "../../runtime/table/tenants.ts";
import { progress } from "../shared/progress.ts";
import { retry } from "../table/back-off.ts";
import { inParallel } from "./in-parallel.ts";
import type { LineProblem, Lines, TenantLines } from "./lines.ts";
import { type PlanContext, planTenant, type TenantPlan } from "./plan-tenant.ts";
import { countEntries, readState, readStates, type TenantState } from "./tenant-state.ts";
import { writeTenant } from "./write-tenant.ts";

export interface ImportOptions {
  readonly dryRun: boolean;
  /** Whether lines may give again what was taken away. */
  readonly again: boolean;
  /** The reason, for the history. */
  readonly why: string;
}

export interface ImportResult {
  /** `rejected`: nothing was written. `incomplete`: some tenants were not written, because others changed them. */
  readonly outcome: "done" | "unchanged" | "rejected" | "incomplete";
  /** In the order of the lines. */
  readonly problems: readonly LineProblem[];
  readonly lines: number;
  /** What changes, or would change, in each tenant that changes. */
  readonly changed: readonly TenantChange[];
}

export interface TenantChange {
  readonly tenant: string;
  /** What a put changes in words; null if the tenant's own item does not change. */
  readonly put: string | null;
  readonly memberships: number;
  readonly revocations: number;
}

/** The most attempts to write one tenant while others change it. */
const ATTEMPTS = 12;
/** The longest pause between them, in ms. */
const LONGEST_PAUSE = 100;

/**
 * Writes the lines of a file into a table. Checks all lines before it writes anything. An import that was interrupted is
 * completed by running it again, and one that has nothing to change writes nothing.
 *
 * @param store with a client whose requests may fail with throttling; every request is repeated with back-off
 */
export async function importLines(
  store: StoreOptions,
  lines: Lines,
  options: ImportOptions,
): Promise<ImportResult> {
  const { tenants, count, problems: broken } = lines;
  const { context, plans, isCurrent } = await planAll(store, [...tenants.values()], options.again);
  const problems = [...broken, ...plans.flatMap((plan) => plan.problems)];
  problems.push(...(await directoryProblems(store, plans)));
  const changing = plans.filter(hasChanges);
  const changed = changing.map(summarize);
  if (problems.length > 0) return { outcome: "rejected", problems: inOrder(problems), lines: count, changed };
  const outcome = changed.length === 0 ? "unchanged" : "done";
  if (options.dryRun) return { outcome, problems: [], lines: count, changed };
  const total = changing.reduce((sum, plan) => sum + sizeOf(plan), 0);
  const tick = progress("items written", total);
  const failed: LineProblem[] = [];
  let repaired = false;
  await inParallel(plans, async (plan) => {
    const result = await writeUntilDone(store, plan, context, { why: options.why, tick });
    failed.push(...result.problems);
    repaired ||= result.repaired;
  });
  if (failed.length > 0) return { outcome: "incomplete", problems: inOrder(failed), lines: count, changed };
  // The files may have been published since the catalogue was read: then tenants with rules are compiled again.
  const repeated = (await isCurrent()) ? undefined : await importLines(store, lines, options);
  if (repeated !== undefined && repeated.problems.length > 0) return { ...repeated, outcome: "incomplete" };
  return { outcome: repaired ? "done" : outcome, problems: [], lines: count, changed };
}

const inOrder = (problems: readonly LineProblem[]): LineProblem[] =>
  [...problems].sort((a, b) => a.line - b.line);

const sizeOf = ({ tenant, memberships, revocations }: TenantPlan): number =>
  (tenant === undefined ? 0 : 1) + memberships.length + revocations.length;

const hasChanges = (plan: TenantPlan): boolean => sizeOf(plan) > 0;

const summarize = ({ lines, put, tenant, memberships, revocations }: TenantPlan): TenantChange => ({
  tenant: lines.id,
  put: tenant === undefined ? null : (put ?? null),
  memberships: memberships.length,
  revocations: revocations.length,
});

async function planAll(store: StoreOptions, all: readonly TenantLines[], again: boolean) {
  const states = await readStates(
    store,
    all.map(({ id }) => id),
  );
  const read = states.map((state, index) => ({ lines: all[index] as TenantLines, state }));
  const hasRules = read.some(({ lines, state }) =>
    lines.tenants.some(({ input }) => concernsRules(state.items.get(TENANT_SORT_KEY), input)),
  );
  const known = await readRules(store, hasRules);
  const catalogue = await retry(() => getCatalogue(store, issuerNames(read), known.catalogue));
  const context: PlanContext = {
    ...{ store, again, rules: putRules([...known.catalogue, ...known.routes], catalogue, hasRules) },
    switches: readIssuerSwitches(await retry(() => queryItems(store, ISSUERS_KEY))),
  };
  return {
    context,
    plans: read.map(({ lines, state }) => planTenant(lines, state, context)),
    /** Returns whether the rules of tenants were checked against what the table has now. */
    isCurrent: async () =>
      !hasRules || canonicalJson(await readRules(store, hasRules)) === canonicalJson(known),
  };
}

/** Reads the items that tenants are checked against: the catalogue, and the routes if a tenant has rules. */
const readRules = async (store: StoreOptions, hasRules: boolean) => ({
  catalogue: await retry(() => queryItems(store, CATALOGUE_KEY)),
  routes: hasRules ? await retry(() => getRoutes(store)) : [],
});

/** Lists the issuers that lines and stored tenants name. */
function issuerNames(all: readonly { lines: TenantLines; state: TenantState }[]): string[] {
  const names = new Set<string>();
  for (const { lines, state } of all) {
    for (const { input } of lines.tenants) for (const name of input.issuers ?? []) names.add(name);
    for (const { input } of lines.memberships) if (input.to.issuer !== undefined) names.add(input.to.issuer);
    for (const { input } of lines.revocations)
      if ("issuer" in input.what && input.what.issuer !== undefined) names.add(input.what.issuer);
    const { issuers, rules } = state.items.get(TENANT_SORT_KEY) ?? {};
    if (Array.isArray(issuers)) for (const name of issuers) names.add(String(name));
    const stored = (rules ?? {}) as TenantRules;
    for (const { input } of lines.tenants)
      for (const name of Object.keys(input.clients ?? stored.clients ?? {})) names.add(name);
  }
  return [...names];
}

/** Finds directories that another tenant has, in the table or in another line. */
async function directoryProblems(
  store: StoreOptions,
  plans: readonly TenantPlan[],
): Promise<readonly LineProblem[]> {
  const lines = new Map<string, number>();
  const problems: LineProblem[] = [];
  for (const { lines: own, item } of plans) {
    const [put] = own.tenants;
    if (put === undefined) continue;
    const directories = directoriesOf(item);
    for (const [issuer, name] of Object.entries(directories)) {
      const earlier = lines.get(`${issuer}#${name}`);
      if (earlier !== undefined)
        problems.push({
          line: put.line,
          message: `line ${earlier} has the directory ${name} of issuer ${issuer} too, but a directory has one tenant`,
        });
      lines.set(`${issuer}#${name}`, put.line);
    }
    await reportRejection(put.line, problems, () => retry(() => checkFree(store, own.id, directories)));
  }
  return problems;
}

async function reportRejection(
  line: number,
  problems: LineProblem[],
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    problems.push({ line, message: error.message });
  }
}

interface Run {
  readonly why: string;
  readonly tick: (count?: number) => void;
}

/**
 * Writes one tenant. If something else has changed the tenant since it was read, reads and checks it again, so that no
 * update is lost and nothing that was taken away in the meantime is given again.
 */
async function writeUntilDone(
  store: StoreOptions,
  first: TenantPlan,
  context: PlanContext,
  { why, tick }: Run,
): Promise<{ readonly problems: readonly LineProblem[]; readonly repaired: boolean }> {
  const { lines } = first;
  let plan = first;
  for (let attempt = 0; hasChanges(plan); attempt++) {
    if (attempt === ATTEMPTS)
      return { problems: [{ line: firstLine(lines), message: tooManyWriters(lines.id) }], repaired: false };
    const isCurrent = (await countEntries(store, lines.id)) === plan.state.entries;
    if (isCurrent && (await writeTenant(store, plan, why, tick)) === "done") break;
    plan = planTenant(lines, await readState(store, lines.id), context);
    if (plan.problems.length > 0) return { problems: plan.problems, repaired: false };
    await sleep(Math.random() * LONGEST_PAUSE);
  }
  const problems: LineProblem[] = [];
  let repaired = false;
  const [put] = lines.tenants;
  if (put !== undefined)
    await reportRejection(put.line, problems, async () => {
      const before = first.state.items.get(TENANT_SORT_KEY);
      repaired = await retry(() => moveDirectories(store, lines.id, before, plan.item));
    });
  return { problems, repaired };
}

const tooManyWriters = (id: string): string =>
  `other writers changed tenant ${id} ${ATTEMPTS} times in a row`;

const firstLine = ({ tenants, memberships, revocations }: TenantLines): number =>
  [...tenants, ...memberships, ...revocations].reduce((first, { line }) => Math.min(first, line), Infinity);
