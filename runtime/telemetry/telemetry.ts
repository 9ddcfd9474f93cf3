import type { ShadowSlot } from "../shadow/shadow.ts";
import { type Failure, isFailure } from "./failure.ts";
import type { Fields, LogMetadata } from "./log.ts";

/** How long the steps of a decision took, in ms; a step that was not reached is absent. */
export interface StepTimes {
  /** Verification of the token, with whatever had to be fetched or read for it. */
  token?: number;
  /** Reading the permissions. */
  permissions?: number;
  /** What is neither: deciding, and writing the policy. */
  decision?: number;
  whole?: number;
}

/** What is seen of a decision beside its result; filled in on the way. */
export interface Telemetry extends ShadowSlot {
  /** Whether all of the permissions came out of the function's memory, and were young enough. */
  permissionsCached?: boolean;
  stalePermissions?: boolean;
  staleKeys?: boolean;
  /** The client's, where it sent one that may stand in a log. */
  correlationId?: string | undefined;
  readonly steps: StepTimes;
}

/** What the function returns, and the log members that describe it. */
interface Success {
  readonly response: object;
  readonly log: Fields;
}

/** A decision that was made, for whoever tells of it. */
export interface CompletedDecision {
  readonly result: Success | Failure;
  readonly telemetry: Telemetry;
  /** What its line of the log says: what was decided, and how that went. */
  readonly decision: Fields;
  readonly metadata: LogMetadata;
  /** In ms since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Tells of a decision; it never throws, and nobody waits for it. */
export type TelemetrySink = (decided: CompletedDecision) => void;

/** Times a step, also one that fails. By a clock of its own: most steps take less than the ms of `Date.now`. */
export async function timed<T>(steps: StepTimes, step: keyof StepTimes, work: () => Promise<T>): Promise<T> {
  const since = performance.now();
  try {
    return await work();
  } finally {
    steps[step] = elapsed(since);
  }
}

/** Since then by `performance.now`, in ms with two decimals. */
export const elapsed = (since: number): number => rounded(performance.now() - since);

/** All that is known of the steps' times, once there is a result. */
export function stepsOf({ result, telemetry }: Pick<CompletedDecision, "result" | "telemetry">): StepTimes {
  const { whole = 0, token = 0, permissions = 0 } = telemetry.steps;
  const decided = !isFailure(result);
  return { ...telemetry.steps, ...(decided && { decision: rounded(whole - token - permissions) }) };
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
