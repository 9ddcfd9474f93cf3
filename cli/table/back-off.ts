import { setTimeout as sleep } from "node:timers/promises";

/** How long to wait between attempts, in ms. */
export interface Pauses {
  readonly first: number;
  readonly longest: number;
  /** Attempts in a row that get nothing done before it is given up. */
  readonly attempts: number;
}

export const PAUSES: Pauses = { first: 50, longest: 5_000, attempts: 12 };

/** What passes by itself: throttling, a failure of AWS's own, a connection that broke. */
const PASSING = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "RequestLimitExceeded",
  "LimitExceededException",
  "InternalServerError",
  "ServiceUnavailable",
  "TransactionConflictException",
  "TimeoutError",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
]);

const passes = (error: unknown): boolean =>
  error instanceof Error && (PASSING.has(error.name) || ("code" in error && PASSING.has(String(error.code))));

/**
 * Does work until nothing is left of it, with pauses that double and scatter (full jitter) whenever an attempt
 * is throttled or leaves something. `attempt` returns what is left; less than before resets the pauses.
 *
 * @throws what `attempt` throws, where that does not pass by itself or has not passed in time
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
    let error: unknown = new Error("The table leaves writes unprocessed again and again: it is throttled");
    try {
      left = await attempt(left);
    } catch (thrown) {
      if (!passes(thrown)) throw thrown;
      error = thrown;
    }
    if (left.length === 0) return;
    failures = left.length < before ? 0 : failures + 1;
    if (failures >= attempts) throw error;
    await sleep(Math.random() * Math.min(longest, first * 2 ** failures));
  }
}

/** One request, tried again while its failure passes by itself. */
export async function patiently<T>(request: () => Promise<T>, pauses?: Pauses): Promise<T> {
  const answers: T[] = [];
  await withBackOff(
    [request],
    async () => {
      answers.push(await request());
      return [];
    },
    pauses,
  );
  return answers[0] as T;
}
