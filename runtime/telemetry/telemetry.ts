import type { Shadowed } from "../shadow/shadow.ts";
import { type Failure, isFailure } from "./failure.ts";
import type { Circumstances, Fields } from "./log.ts";

/** How long the steps of a decision took, in ms; a step that was not reached is absent. */
export interface Steps {
  /** Verification of the token, with whatever had to be fetched or read for it. */
  token?: number;
  /** Reading the permissions. */
  permissions?: number;
  /** What is neither: deciding, and writing the policy. */
  decision?: number;
  whole?: number;
}

/** What is seen of a decision beside its result; filled in on the way. */
export interface Observed extends Shadowed {
  tokenCached?: boolean;
  /** Whether all of the permissions came out of the function's memory, and were young enough. */
  permissionsCached?: boolean;
  stalePermissions?: boolean;
  staleKeys?: boolean;
  /** The client's, where it sent one that may stand in a log. */
  correlationId?: string | undefined;
  readonly steps: Steps;
}

/** What the function returns, and the log members that describe it. */
interface Success {
  readonly response: object;
  readonly log: Fields;
}

/** A decision that was made, for whoever tells of it. */
export interface Decided {
  readonly result: Success | Failure;
  readonly observed: Observed;
  /** What its line of the log says: what was decided, and how that went. */
  readonly decision: Fields;
  readonly circumstances: Circumstances;
  /** In ms since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Tells of a decision; it never throws, and nobody waits for it. */
export type Report = (decided: Decided) => void;

/** Times a step, also one that fails. By a clock of its own: most steps take less than the ms of `Date.now`. */
export async function timed<T>(steps: Steps, step: keyof Steps, work: () => Promise<T>): Promise<T> {
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
export function stepsOf({ result, observed }: Pick<Decided, "result" | "observed">): Steps {
  const { whole = 0, token = 0, permissions = 0 } = observed.steps;
  const decided = !isFailure(result);
  return { ...observed.steps, ...(decided && { decision: rounded(whole - token - permissions) }) };
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
