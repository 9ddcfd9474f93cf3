import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "../../local/stack.ts";
import type { TenantStore } from "../../runtime/table/tenant-store.ts";
import type { ApiContext } from "../oracle/naive-model.ts";
import { buildPolicies } from "./files.ts";
import { OUTAGES, type Outage, type Outages } from "./outages.ts";
import type { Random } from "./random.ts";
import type { Tally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";
import type { Tokens } from "./tokens.ts";
import { ownRole, PLANS, type World, type WorldTenant } from "./world.ts";

/** The running stack, into which faults are injected. */
export interface FaultContext {
  readonly stack: Stack;
  readonly store: TenantStore;
  readonly context: ApiContext;
  readonly timeline: Timeline;
  readonly tokens: Tokens;
  readonly outages: Outages;
  readonly random: Random;
  readonly tally: Tally;
  /** The time during which a change at run time may not be in effect yet, in ms. */
  readonly staleness: number;
}

/** The shortest outage. An outage lasts until `MIN_HITS` calls have failed, but at most `MAX_OUTAGE_MS`. */
const OUTAGE_MS = 400;
const MIN_HITS = 5;
const MAX_OUTAGE_MS = 5_000;
/** The timeout of a GET of keys (1.5 s), the second in which the authorizer does not retry, and a reserve. */
export const KEYS_GRACE_MS = 4_000;
/** The table's failures are not cached, but running requests retry for a while. */
const TABLE_GRACE_MS = 2_000;
const CHANGED_TENANTS = 15;
const WARM_MS = 2_000;

/** Injects one fault after another until the time `until` (in ms). Rotates the keys once. */
export async function injectFaults(running: FaultContext, until: number): Promise<void> {
  await rotate(running);
  do {
    for (const outage of OUTAGES) await causeOutage(running, outage);
    await reload(running);
    await killWorkers(running);
    // Last, when the caches of the workers are filled: a new worker has no previous state.
    await sleep(WARM_MS);
    await swapStatuses(running);
  } while (Date.now() < until);
}

async function rotate({ tokens, tally }: FaultContext): Promise<void> {
  await tokens.rotate();
  tally.count("fault: keys rotated");
}

/** Starts new workers for an outage of the identity provider, because only they need keys. */
async function causeOutage({ stack, timeline, outages, tally }: FaultContext, outage: Outage): Promise<void> {
  const isTable = outage.startsWith("the table");
  const work = async (): Promise<void> => {
    outages.current = outage;
    if (!isTable) await stack.interrupt();
    await untilHit(() => tally.of(`hit: ${outage}`));
    outages.current = undefined;
  };
  await timeline.outage(work, isTable ? TABLE_GRACE_MS : KEYS_GRACE_MS);
  tally.count(`fault: ${outage}`);
}

async function untilHit(hits: () => number): Promise<void> {
  const [before, startedAt] = [hits(), Date.now()];
  do await sleep(OUTAGE_MS);
  while (hits() < before + MIN_HITS && Date.now() < startedAt + MAX_OUTAGE_MS);
}

async function killWorkers({ stack, timeline, tally }: FaultContext): Promise<void> {
  await timeline.outage(() => stack.interrupt(), 0);
  tally.count("fault: workers killed");
}

/** Reinstates the suspended run-time tenants, and suspends the others. */
async function swapStatuses({ timeline, store, staleness, tally }: FaultContext): Promise<void> {
  const tenants = [...timeline.current.tenants.values()].filter(({ isRuntime }) => isRuntime);
  const next = replaceTenants(timeline.current, tenants.map(otherStatus));
  const apply = async (): Promise<void> => {
    for (const { id, status } of tenants)
      await (status === "active" ? store.suspendTenant(id, "load") : store.reinstateTenant(id, "load"));
  };
  await timeline.change(next, apply, staleness);
  tally.count("fault: tenants suspended and reinstated", tenants.length);
}

/** Deploys new policy files. All caches start empty, so only running requests may still get the previous state. */
async function reload({ stack, timeline, random, context, tally }: FaultContext): Promise<void> {
  const fileTenants = [...timeline.current.tenants.values()].filter(({ isRuntime }) => !isRuntime);
  const next = replaceTenants(
    timeline.current,
    random.some(fileTenants, CHANGED_TENANTS).map((tenant) => editTenant(tenant, random)),
  );
  const policies = buildPolicies(next, context.selector);
  await timeline.change(next, () => stack.update([policies]), 0);
  tally.count("fault: policy files reloaded");
}

const otherStatus = (tenant: WorldTenant): WorldTenant => ({
  ...tenant,
  status: tenant.status === "active" ? "suspended" : "active",
});

const editTenant = (tenant: WorldTenant, random: Random): WorldTenant => ({
  ...(random.chance(0.3) ? otherStatus(tenant) : tenant),
  plan: random.pick(Object.keys(PLANS)),
  roles: Object.fromEntries(Object.keys(tenant.roles).map((name) => [name, ownRole(random)])),
});

const replaceTenants = (world: World, tenants: readonly WorldTenant[]): World => ({
  ...world,
  tenants: new Map([...world.tenants, ...tenants.map((tenant) => [tenant.id, tenant] as const)]),
});
