import { setTimeout as sleep } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CATALOGUE_KEY, type Item } from "../../core/model/items.ts";
import { itemKey } from "../../core/policy-files/compile/permission-items.ts";
import { hashState } from "../../core/policy-files/publish/item-state.ts";
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
import { acquireLock } from "./lock.ts";
import { findObstacles } from "./obstacles.ts";
import { writeItems } from "./write-items.ts";

export interface PublishOptions {
  readonly table: string;
  /** What the version is recorded as. */
  readonly version: NewVersion;
  /** Overwrites what was changed by hand, another environment's items, and another publisher's lock. */
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Whether items that somebody deleted are an obstacle, or what is to be restored. */
  readonly restores: boolean;
  /** How long a Lambda remembers what it read, in seconds: the wait between steps. */
  readonly settleSeconds: number;
  readonly stop?: AbortSignal | undefined;
  readonly pauses?: Pauses | undefined;
  readonly workers?: number | undefined;
  readonly report?: Reporter | undefined;
}

/** What is told on the way. */
export interface Reporter {
  /** Begins something of `total` parts (undefined: as many as there are); the answer is called as they are done. */
  begin(what: string, total?: number): (count: number) => void;
}

export type PublishResult =
  | { readonly outcome: "rejected"; readonly obstacles: readonly string[] }
  | {
      readonly outcome: "nothing to do" | "planned" | "published" | "interrupted" | "taken";
      readonly changes: ItemChanges;
      readonly steps: readonly WriteStep[];
      /** The version that was recorded, or that the table is at; undefined where there is none. */
      readonly version: Version | undefined;
      /** The version that the table was at; undefined where nothing recorded it. */
      readonly previous: Version | undefined;
      /** Writes that were not made. */
      readonly left: number;
      /** Tenants that sign-up took in the meantime. */
      readonly taken: readonly string[];
    };

/** Brings a table's file-owned items to the wanted state; what has another owner is left alone. */
export async function publishItems(
  client: DynamoDBClient,
  wanted: readonly Item[],
  options: PublishOptions,
): Promise<PublishResult> {
  const history = new History(client, options.table, options.pauses);
  const found = await look(client, history, options);
  const first = judge(found, wanted, options);
  if ("obstacles" in first || options.dryRun || first.steps.length === 0)
    return conclude(first, found, options);
  const lock = await acquireLock(client, options.table, options.force);
  let finished = false;
  try {
    const { versions } = await history.read();
    const isSame =
      !lock.interrupted && !found.underWay && versions.at(-1)?.number === found.versions.at(-1)?.number;
    const current = isSame
      ? found
      : { ...(await look(client, history, options)), underWay: lock.interrupted };
    const plan = isSame ? first : judge(current, wanted, options);
    if ("obstacles" in plan || plan.steps.length === 0) {
      finished = "steps" in plan || !lock.interrupted;
      return conclude(plan, current, options);
    }
    const result = await carryOut(client, history, wanted, current, plan, options);
    finished = result.outcome === "published" || result.outcome === "taken";
    return result;
  } finally {
    await lock.release(finished);
  }
}

/** What there is before a publish. */
interface Found extends TableContent {
  readonly versions: readonly Version[];
  readonly underWay: boolean;
  /** The version that the table is at. */
  readonly at: Version | undefined;
  readonly lastItems: readonly Item[];
}

async function look(client: DynamoDBClient, history: History, options: PublishOptions): Promise<Found> {
  const { table, pauses, report } = options;
  const { versions, underWay } = await history.read();
  const last = versions.at(-1);
  const onItems = report?.begin("items read");
  const content = await readTable(client, table, { pauses, ...(onItems && { onItems }) });
  const at = last?.state === hashState(content.ours) ? last : undefined;
  const lastItems = at === undefined && last !== undefined ? await history.items(last) : content.ours;
  return { ...content, versions, underWay, at, lastItems };
}

type Plan = { readonly changes: ItemChanges; readonly steps: readonly WriteStep[] };

function judge(
  found: Found,
  wanted: readonly Item[],
  { force, restores, version }: PublishOptions,
): Plan | { readonly obstacles: readonly string[] } {
  const obstacles = findObstacles({
    content: found,
    wanted,
    missingFrom: restores || found.underWay ? [] : found.lastItems,
    environment: { last: found.versions.at(-1)?.environment, now: version.environment },
    force,
  });
  if (obstacles.length > 0) return { obstacles };
  return { changes: changesBetween(found.ours, wanted), steps: orderWrites(found.ours, wanted) };
}

function conclude(plan: ReturnType<typeof judge>, { at }: Found, { dryRun }: PublishOptions): PublishResult {
  if ("obstacles" in plan) return { outcome: "rejected", obstacles: plan.obstacles };
  const left = countChanges(plan.changes);
  const outcome = dryRun && left > 0 ? "planned" : "nothing to do";
  return { outcome, ...plan, version: at, previous: at, left, taken: [] };
}

async function carryOut(
  client: DynamoDBClient,
  history: History,
  wanted: readonly Item[],
  found: Found,
  { changes, steps }: Plan,
  options: PublishOptions,
): Promise<PublishResult> {
  const previous = await recordWhatWas(history, found, options.version);
  const versions =
    previous === undefined || found.at !== undefined ? found.versions : [...found.versions, previous];
  const inService = [...found.ours, ...found.others].some((item) => item["pk"] === CATALOGUE_KEY);
  const walked = found.underWay && inService ? afterInterruption(steps) : steps;
  const { left, taken } = await walk(client, walked, inService, options);
  const rest = { changes, steps, previous, left, taken };
  if (left > 0) return { outcome: "interrupted", ...rest, version: undefined };
  const written = wanted.filter((item) => !taken.includes(itemKey(item)));
  const version = await history.record(written, options.version, versions);
  return { outcome: taken.length > 0 ? "taken" : "published", ...rest, version };
}

/** A Lambda may remember what there was before the interruption: only what narrows need not wait for that. */
const afterInterruption = (steps: readonly WriteStep[]): WriteStep[] =>
  steps.map((step, index) => (index === 0 ? { ...step, waits: step.name !== "narrow" } : step));

/** A state that somebody else made, such as Terraform, can be come back to, too; one between two states cannot. */
async function recordWhatWas(
  history: History,
  { at, ours, versions, underWay }: Found,
  { environment }: NewVersion,
): Promise<Version | undefined> {
  if (at !== undefined || ours.length === 0 || underWay) return at;
  return history.record(ours, { environment, made: "found", commit: null, dirty: false }, versions);
}

async function walk(
  client: DynamoDBClient,
  steps: readonly WriteStep[],
  guardCreations: boolean,
  { table, stop, pauses, workers, report, settleSeconds }: PublishOptions,
): Promise<{ left: number; taken: readonly string[] }> {
  const sizeFrom = (index: number): number =>
    steps.slice(index).reduce((sum, { writes }) => sum + writes.length, 0);
  const taken: string[] = [];
  for (const [index, { name, writes, waits }] of steps.entries()) {
    if (waits) await settle(settleSeconds, stop, report);
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
  return { left: 0, taken };
}

async function settle(
  seconds: number,
  stop: AbortSignal | undefined,
  report: Reporter | undefined,
): Promise<void> {
  const tick = report?.begin("seconds waited, until no Lambda remembers the state before", seconds);
  for (let waited = 0; waited < seconds && stop?.aborted !== true; waited++) {
    await sleep(1_000, undefined, { ...(stop && { signal: stop }) }).catch(() => undefined);
    tick?.(1);
  }
}
