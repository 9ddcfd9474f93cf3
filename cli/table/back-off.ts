import { setTimeout as sleep } from "node:timers/promises";
import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";

/** The pauses between attempts, in ms. */
export interface Pauses {
  readonly first: number;
  readonly longest: number;
  /** The number of attempts in a row without progress after which an operation fails. */
  readonly attempts: number;
}

export const PAUSES: Pauses = { first: 50, longest: 5_000, attempts: 12 };

/** Transient failures: throttling, failures of AWS's own, broken connections. */
const TRANSIENT = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "RequestLimitExceeded",
  "LimitExceededException",
  "InternalServerError",
  "ServiceUnavailable",
  "TransactionConflictException",
  "TransactionInProgressException",
  "TimeoutError",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
]);

/** Why a transaction was cancelled, where the same transaction succeeds later. */
const CANCELLED = new Set([
  "None",
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
]);

/** Returns whether an error goes away by itself, so that the same command succeeds later. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TransactionCanceledException)
    return (error.CancellationReasons ?? []).every(({ Code = "None" }) => CANCELLED.has(Code));
  return TRANSIENT.has(error.name) || ("code" in error && TRANSIENT.has(String(error.code)));
}

/**
 * Repeats `attempt` until it returns nothing left to do. Pauses between attempts with exponential back-off and full
 * jitter; progress resets the pauses.
 *
 * @param attempt returns the rest that is still to be done
 * @throws what `attempt` throws, if that is not transient or there were too many attempts
 */
export async function withBackOff<Rest extends { readonly length: number }>(
  rest: Rest,
  attempt: (rest: Rest) => Promise<Rest>,
  { first, longest, attempts }: Pauses = PAUSES,
): Promise<void> {
  let failures = 0;
  let left = rest;
  while (left.length > 0) {
    const before = left.length;
    let error: unknown = Object.assign(new Error("The table repeatedly leaves writes unprocessed"), {
      name: "ThrottlingException",
    });
    try {
      left = await attempt(left);
    } catch (thrown) {
      if (!isTransient(thrown)) throw thrown;
      error = thrown;
    }
    if (left.length === 0) return;
    failures = left.length < before ? 0 : failures + 1;
    if (failures >= attempts) throw error;
    await sleep(Math.random() * Math.min(longest, first * 2 ** failures));
  }
}

/** Sends one request and retries it after transient failures. */
export async function retry<T>(request: () => Promise<T>, pauses?: Pauses): Promise<T> {
  const responses: T[] = [];
  await withBackOff(
    [request],
    async () => {
      responses.push(await request());
      return [];
    },
    pauses,
  );
  return responses[0] as T;
}
