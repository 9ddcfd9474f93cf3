import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "../../local/stack.ts";
import type { TenantStore } from "../../runtime/table/tenant-store.ts";
import type { ApiContext } from "../oracle/naive-model.ts";
import { policiesOf } from "./files.ts";
import { OUTAGES, type Outage, type Outages } from "./outages.ts";
import type { Random } from "./random.ts";
import type { Tally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";
import type { Tokens } from "./tokens.ts";
import { ownRole, PLANS, type World, type WorldTenant } from "./world.ts";

/** What faults are injected into. */
export interface Running {
  readonly stack: Stack;
  readonly store: TenantStore;
  readonly around: ApiContext;
  readonly line: Timeline;
  readonly tokens: Tokens;
  readonly outages: Outages;
  readonly random: Random;
  readonly tally: Tally;
  /** For how long a change at run time may go unseen, in ms. */
  readonly staleness: number;
}

/** How long an outage lasts at least; it goes on until so many calls have failed, yet not for ever. */
const OUTAGE_MS = 400;
const FELT = 5;
const LONGEST_OUTAGE_MS = 5_000;
/** A GET of keys that hangs (1.5 s), and the second in which the authorizer does not ask again; and a little. */
export const GRACE_OF_KEYS = 4_000;
/** The table's failures are not remembered: what is under way retries for a while. */
const GRACE_OF_TABLE = 2_000;
const CHANGED_TENANTS = 15;
const WARM_MS = 2_000;

/** One fault after the other until `until` (in ms); the keys rotate once. */
export async function injectFaults(running: Running, until: number): Promise<void> {
  await rotate(running);
  do {
    for (const outage of OUTAGES) await outageOf(running, outage);
    await reload(running);
    await killWorkers(running);
    // Last, when workers remember again: a new worker would know no state before.
    await sleep(WARM_MS);
    await swapStatuses(running);
  } while (Date.now() < until);
}

async function rotate({ tokens, tally }: Running): Promise<void> {
  await tokens.rotate();
  tally.count("fault: keys rotated");
}

/** New workers need keys, so that an identity provider's outage is felt. */
async function outageOf({ stack, line, outages, tally }: Running, outage: Outage): Promise<void> {
  const isTable = outage.startsWith("the table");
  const work = async (): Promise<void> => {
    outages.current = outage;
    if (!isTable) await stack.interrupt();
    await untilFelt(() => tally.of(`hit: ${outage}`));
    outages.current = undefined;
  };
  await line.outage(work, isTable ? GRACE_OF_TABLE : GRACE_OF_KEYS);
  tally.count(`fault: ${outage}`);
}

async function untilFelt(hits: () => number): Promise<void> {
  const [before, startedAt] = [hits(), Date.now()];
  do await sleep(OUTAGE_MS);
  while (hits() < before + FELT && Date.now() < startedAt + LONGEST_OUTAGE_MS);
}

async function killWorkers({ stack, line, tally }: Running): Promise<void> {
  await line.outage(() => stack.interrupt(), 0);
  tally.count("fault: workers killed");
}

/** At run time: the suspended tenants are reinstated, the others suspended. */
async function swapStatuses({ line, store, staleness, tally }: Running): Promise<void> {
  const tenants = [...line.current.tenants.values()].filter(({ isRuntime }) => isRuntime);
  const next = changed(line.current, tenants.map(otherStatus));
  const apply = async (): Promise<void> => {
    for (const { id, status } of tenants)
      await (status === "active" ? store.suspendTenant(id, "load") : store.reinstateTenant(id, "load"));
  };
  await line.change(next, apply, staleness);
  tally.count("fault: tenants suspended and reinstated", tenants.length);
}

/** New policy files: all caches start empty, so the state before is over at once, but for what is under way. */
async function reload({ stack, line, random, around, tally }: Running): Promise<void> {
  const written = [...line.current.tenants.values()].filter(({ isRuntime }) => !isRuntime);
  const next = changed(
    line.current,
    random.some(written, CHANGED_TENANTS).map((tenant) => edited(tenant, random)),
  );
  const policies = policiesOf(next, around.selector);
  await line.change(next, () => stack.update([policies]), 0);
  tally.count("fault: policy files reloaded");
}

const otherStatus = (tenant: WorldTenant): WorldTenant => ({
  ...tenant,
  status: tenant.status === "active" ? "suspended" : "active",
});

const edited = (tenant: WorldTenant, random: Random): WorldTenant => ({
  ...(random.chance(0.3) ? otherStatus(tenant) : tenant),
  plan: random.pick(Object.keys(PLANS)),
  roles: Object.fromEntries(Object.keys(tenant.roles).map((name) => [name, ownRole(random)])),
});

const changed = (world: World, tenants: readonly WorldTenant[]): World => ({
  ...world,
  tenants: new Map([...world.tenants, ...tenants.map((tenant) => [tenant.id, tenant] as const)]),
});
