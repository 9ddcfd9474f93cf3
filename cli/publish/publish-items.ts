import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CATALOGUE_KEY, type Item } from "../../core/model/items.ts";
import { itemKey } from "../../core/policy-files/compile/permission-items.ts";
import { withGenerations } from "../../core/policy-files/publish/generations.ts";
import { hashState } from "../../core/policy-files/publish/item-state.ts";
import { findTakeovers, type Takeover } from "../../core/policy-files/publish/moved-tenant.ts";
import {
  changesBetween,
  countChanges,
  type ItemChanges,
  orderWrites,
  type WriteStep,
} from "../../core/policy-files/publish/steps.ts";
import type { Pauses } from "../table/back-off.ts";
import { readTable, type TableContent } from "../table/read-items.ts";
import { History, type NewVersion, type Version } from "./history.ts";
import { checkKeeper, recordKeeper } from "./keeper.ts";
import { acquireLock } from "./lock.ts";
import { findObstacles } from "./obstacles.ts";
import {
  concernsRules,
  findStaleTenants,
  NOTHING_RECOMPILED,
  type Recompiled,
  recompileTenants,
} from "./recompile-tenants.ts";
import { takeOver, writeItems } from "./write-items.ts";

export interface PublishOptions {
  readonly table: string;
  /** The details of the version to record. */
  readonly version: NewVersion;
  /** Overwrites items that were changed by hand or belong to another environment, and another publish's lock. */
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Restores items that were deleted by hand; otherwise they are an obstacle. */
  readonly restores: boolean;
  /** The wait between steps in seconds, which is how long a Lambda caches what it read. */
  readonly settleSeconds: number;
  readonly stop?: AbortSignal | undefined;
  readonly pauses?: Pauses | undefined;
  readonly workers?: number | undefined;
  readonly report?: Reporter | undefined;
  /** Returns who publishes, for the histories of run-time tenants that are compiled again. */
  readonly who?: (() => Promise<string>) | undefined;
}

/** Shows the progress of a publish. */
export interface Reporter {
  /** Starts a task of `total` parts, or of unknown size. Returns a function that counts the parts that are done. */
  begin(what: string, total?: number): (count: number) => void;
}

export type PublishResult =
  | { readonly outcome: "rejected"; readonly obstacles: readonly string[] }
  | {
      readonly outcome: "nothing to do" | "planned" | "published" | "interrupted" | "taken";
      readonly changes: ItemChanges;
      readonly steps: readonly WriteStep[];
      /** The recorded version, or the one that the table is at; undefined without one. */
      readonly version: Version | undefined;
      /** The version that the table was at before; undefined if no version has that state. */
      readonly previous: Version | undefined;
      /** The number of writes that were not made. */
      readonly left: number;
      /** Keys of tenants that were created at run time in the meantime. */
      readonly taken: readonly string[];
      /** Keys of run-time tenants and directories that `tenant move` gave to the files. */
      readonly takenOver: readonly string[];
      /** Run-time tenants that were compiled again, because their roles refer to what changed. */
      readonly recompiled: Recompiled;
    };

/**
 * Updates a table's file-owned items to the wanted state. Does not change items of other owners.
 *
 * @throws KeeperError if Terraform keeps the table's file-owned items
 */
export async function publishItems(
  client: DynamoDBClient,
  wanted: readonly Item[],
  options: PublishOptions,
): Promise<PublishResult> {
  const history = new History(client, options.table, options.pauses);
  const found = await readState(client, history, wanted, options);
  const first = makePlan(found, wanted, options);
  const isDone = (plan: Plan, { takeovers }: TableState): boolean =>
    plan.steps.length === 0 && takeovers.length === 0;
  if ("obstacles" in first || options.dryRun || isDone(first, found)) return summarize(first, found, options);
  const lock = await acquireLock(client, options.table, options.force);
  let finished = false;
  try {
    const { versions, keeper } = await history.read();
    checkKeeper(options.table, keeper);
    const isSame =
      !lock.interrupted && !found.underWay && versions.at(-1)?.number === found.versions.at(-1)?.number;
    const current = isSame
      ? found
      : { ...(await readState(client, history, wanted, options)), underWay: lock.interrupted };
    const plan = isSame ? first : makePlan(current, wanted, options);
    if ("obstacles" in plan || isDone(plan, current)) {
      finished = "steps" in plan || !lock.interrupted;
      return summarize(plan, current, options);
    }
    for (const takeover of current.takeovers) await takeOver(client, takeover, options);
    if (keeper === undefined) await recordKeeper(client, options.table, "publish");
    const result = await execute(client, history, wanted, current, plan, options);
    finished = result.outcome === "published" || result.outcome === "taken";
    return result;
  } finally {
    await lock.release(finished);
  }
}

/** The state of a table before a publish. */
interface TableState extends TableContent {
  readonly versions: readonly Version[];
  readonly underWay: boolean;
  /** The version that the table is at. */
  readonly at: Version | undefined;
  /** The items of the last version. */
  readonly lastItems: readonly Item[];
  /** What `tenant move` gave to the files. It counts as theirs already. */
  readonly takeovers: readonly Takeover[];
}

async function readState(
  client: DynamoDBClient,
  history: History,
  wanted: readonly Item[],
  options: PublishOptions,
): Promise<TableState> {
  const { table, pauses, report } = options;
  const { versions, underWay, keeper } = await history.read();
  checkKeeper(table, keeper);
  const last = versions.at(-1);
  const onItems = report?.begin("items read");
  const content = await readTable(client, table, { pauses, ...(onItems && { onItems }) });
  const at = last?.state === hashState(content.ours) ? last : undefined;
  const lastItems = at === undefined && last !== undefined ? await history.items(last) : content.ours;
  const takeovers = findTakeovers(content.movable, content.ours, wanted);
  const taken = new Set(takeovers.map(({ after }) => itemKey(after)));
  return {
    ...content,
    ours: [...content.ours, ...takeovers.map(({ after }) => after)],
    others: content.others.filter((item) => !taken.has(itemKey(item))),
    ...{ versions, underWay, at, lastItems, takeovers },
  };
}

type Plan = { readonly changes: ItemChanges; readonly steps: readonly WriteStep[] };

function makePlan(
  found: TableState,
  wanted: readonly Item[],
  { force, restores, version }: PublishOptions,
): Plan | { readonly obstacles: readonly string[] } {
  const obstacles = findObstacles({
    content: found,
    wanted,
    previous: restores || found.underWay ? [] : found.lastItems,
    environment: { last: found.versions.at(-1)?.environment, now: version.environment },
    force,
  });
  if (obstacles.length > 0) return { obstacles };
  const complete = withGenerations(found.ours, () => randomUUID());
  const steps = orderWrites(found.ours, wanted).map((step) => ({
    ...step,
    writes: step.writes.map((write) => ("put" in write ? { ...write, put: complete(write.put) } : write)),
  }));
  return { changes: changesBetween(found.ours, wanted), steps };
}

/** Returns the result of a publish that writes nothing. */
function summarize(
  plan: ReturnType<typeof makePlan>,
  { at, takeovers }: TableState,
  { dryRun }: PublishOptions,
): PublishResult {
  if ("obstacles" in plan) return { outcome: "rejected", obstacles: plan.obstacles };
  const left = countChanges(plan.changes) + takeovers.length;
  const outcome = dryRun && left > 0 ? "planned" : "nothing to do";
  return {
    outcome,
    ...plan,
    version: at,
    previous: at,
    left,
    taken: [],
    takenOver: keysOf(takeovers),
    recompiled: NOTHING_RECOMPILED,
  };
}

const keysOf = (takeovers: readonly Takeover[]): string[] => takeovers.map(({ after }) => itemKey(after));

async function execute(
  client: DynamoDBClient,
  history: History,
  wanted: readonly Item[],
  found: TableState,
  { changes, steps }: Plan,
  options: PublishOptions,
): Promise<PublishResult> {
  const previous = await recordPrevious(history, found, options.version);
  const versions =
    previous === undefined || found.at !== undefined ? found.versions : [...found.versions, previous];
  const inService = [...found.ours, ...found.others].some((item) => item["pk"] === CATALOGUE_KEY);
  const resumed = found.underWay && inService ? afterInterruption(steps) : steps;
  const tenants =
    found.underWay || concernsRules(changes) ? new StaleTenants(client, wanted, options) : undefined;
  const { left, taken } = await runSteps(
    client,
    resumed,
    { guardCreations: inService, hasRules: found.hasRules, tenants },
    options,
  );
  const recompiled = tenants?.recompiled ?? NOTHING_RECOMPILED;
  const rest = { changes, steps, previous, left, taken, recompiled, takenOver: keysOf(found.takeovers) };
  if (left > 0) return { outcome: "interrupted", ...rest, version: undefined };
  const written = wanted.filter((item) => !taken.includes(itemKey(item)));
  const version = await history.record(written, options.version, versions);
  return { outcome: taken.length > 0 ? "taken" : "published", ...rest, version };
}

/** A Lambda may still cache the state before the interruption. Only a narrowing step need not wait for that. */
const afterInterruption = (steps: readonly WriteStep[]): WriteStep[] =>
  steps.map((step, index) => (index === 0 ? { ...step, waits: step.name !== "narrow" } : step));

/** Records a state that another tool made, such as Terraform, so that a rollback can restore it. */
async function recordPrevious(
  history: History,
  { at, ours, versions, underWay }: TableState,
  { environment }: NewVersion,
): Promise<Version | undefined> {
  if (at !== undefined || ours.length === 0 || underWay) return at;
  return history.record(ours, { environment, made: "found", commit: null, dirty: false }, versions);
}

/** What the steps need to know of run-time tenants. */
interface RunTimeTenants {
  readonly guardCreations: boolean;
  /** Whether one has roles of its own; if not, only those of the meantime are looked for, because that reads the table. */
  readonly hasRules: boolean;
  /** Undefined: nothing changes that their roles refer to. */
  readonly tenants: StaleTenants | undefined;
}

async function runSteps(
  client: DynamoDBClient,
  steps: readonly WriteStep[],
  { guardCreations, hasRules, tenants }: RunTimeTenants,
  options: PublishOptions,
): Promise<{ left: number; taken: readonly string[] }> {
  const { table, stop, pauses, workers, report, settleSeconds } = options;
  const sizeFrom = (index: number): number =>
    steps.slice(index).reduce((sum, { writes }) => sum + writes.length, 0);
  const taken: string[] = [];
  for (const [index, { name, writes, waits }] of steps.entries()) {
    if (waits) await settle(settleSeconds, stop, report);
    const isNarrowed = name !== "narrow" && (index === 0 || steps[index - 1]?.name === "narrow");
    if (isNarrowed && hasRules) await tenants?.compile(index > 0 && !waits);
    if (stop?.aborted === true) return { left: sizeFrom(index), taken };
    const onWritten = report?.begin(
      name === "all" ? "items written" : `items written (${name})`,
      writes.length,
    );
    const written = await writeItems(client, writes, {
      ...{ table, guardCreations, workers, pauses, stop, onWritten },
    });
    taken.push(...written.taken);
    if (written.left > 0) return { left: written.left + sizeFrom(index + 1), taken };
  }
  await tenants?.compile(false);
  return { left: 0, taken };
}

/**
 * Compiles the run-time tenants again whose roles refer to what a publish changes. It does so after everything is narrowed
 * and before anything is widened, so at no time a role has more than both states give it; and once more at the end, for
 * tenants that were written in the meantime.
 */
class StaleTenants {
  recompiled: Recompiled = NOTHING_RECOMPILED;
  readonly #client: DynamoDBClient;
  readonly #wanted: readonly Item[];
  readonly #options: PublishOptions;

  constructor(client: DynamoDBClient, wanted: readonly Item[], options: PublishOptions) {
    this.#client = client;
    this.#wanted = wanted;
    this.#options = options;
  }

  /** @param waits whether to wait first until no Lambda caches the catalogue from before the previous step */
  async compile(waits: boolean): Promise<void> {
    const { table, settleSeconds, stop, report, who } = this.#options;
    const stale = await findStaleTenants(this.#client, table, this.#wanted);
    if (stale.length === 0) return;
    if (waits) await settle(settleSeconds, stop, report);
    if (stop?.aborted === true) return;
    const found = await recompileTenants(this.#client, stale, {
      ...{ table, wanted: this.#wanted },
      who: (await who?.()) ?? "publish",
    });
    const done = [...new Set([...this.recompiled.done, ...found.done])].sort();
    this.recompiled = { done, failed: found.failed };
  }
}

async function settle(
  seconds: number,
  stop: AbortSignal | undefined,
  report: Reporter | undefined,
): Promise<void> {
  const tick = report?.begin("seconds waited, until no Lambda caches the previous state", seconds);
  for (let waited = 0; waited < seconds && stop?.aborted !== true; waited++) {
    await sleep(1_000, undefined, { ...(stop && { signal: stop }) }).catch(() => undefined);
    tick?.(1);
  }
}
