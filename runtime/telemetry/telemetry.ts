import type { ShadowSlot } from "../shadow/shadow.ts";
import { type Failure, isFailure } from "./failure.ts";
import type { Fields, LogMetadata } from "./log.ts";

/** How long the steps of a decision took, in ms. A step that was not reached is absent. */
export interface StepTimes {
  /** Verification of the token, with every fetch and read that it needed. */
  token?: number;
  /** Reading the permissions. */
  permissions?: number;
  /** The rest of the whole: the decision itself, and writing the policy. */
  decision?: number;
  /** The whole request. */
  whole?: number;
}

/** What is measured while a request is decided, in addition to its result. The steps fill it in. */
export interface Telemetry extends ShadowSlot {
  /** Whether all of the permissions came from the cache and were younger than the TTL. */
  permissionsCached?: boolean;
  /** Whether the permissions are older than they should be, because the table could not be read. */
  stalePermissions?: boolean;
  /** Whether the issuer's keys are older than they should be, because the issuer could not be reached. */
  staleKeys?: boolean;
  /** The client's correlation id, if it sent one that may be logged. */
  correlationId?: string | undefined;
  readonly steps: StepTimes;
}

/** What the function returns, and the log fields that describe it. */
interface Success {
  readonly response: object;
  readonly log: Fields;
}

/** A request that has been handled, as the telemetry sinks receive it. */
export interface CompletedDecision {
  readonly result: Success | Failure;
  readonly telemetry: Telemetry;
  /** The fields of its log line that describe the decision. */
  readonly decision: Fields;
  /** The fields of its log line that every decision has. */
  readonly metadata: LogMetadata;
  /** In ms since 1970. */
  readonly startedAt: number;
  /** In ms since 1970. */
  readonly endedAt: number;
}

/** Receives completed decisions. It never throws, and no request waits for it. */
export type TelemetrySink = (decided: CompletedDecision) => void;

/**
 * Runs a step and stores its duration in ms, also when the step fails. It uses `performance.now`, because most
 * steps take less than the 1 ms of `Date.now`.
 */
export async function timeStep<T>(
  steps: StepTimes,
  step: keyof StepTimes,
  work: () => Promise<T>,
): Promise<T> {
  const since = performance.now();
  try {
    return await work();
  } finally {
    steps[step] = elapsed(since);
  }
}

/** Returns the ms since a `performance.now()`, with two decimals. */
export const elapsed = (since: number): number => rounded(performance.now() - since);

/** Returns all step times of a completed decision, and computes `decision` from the others. */
export function stepTimes({ result, telemetry }: Pick<CompletedDecision, "result" | "telemetry">): StepTimes {
  const { whole = 0, token = 0, permissions = 0 } = telemetry.steps;
  const decided = !isFailure(result);
  return { ...telemetry.steps, ...(decided && { decision: rounded(whole - token - permissions) }) };
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
