/**
 * Runs work with a deadline. After `ms`, rejects with a `TimeoutError` and aborts the signal, whatever the work is
 * waiting for.
 *
 * Not `AbortSignal.timeout`: its timer cannot be cleared, and would outlive each decision by seconds.
 *
 * @param work receives the signal that aborts it; work that ignores the signal is abandoned
 * @example
 * import { withinDeadline } from "./deadline.ts";
 *
 * await withinDeadline(1_000, async () => "done"); // => "done"
 */
export async function withinDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new DOMException(`Not done within ${ms} ms`, "TimeoutError");
      reject(error);
      controller.abort(error);
    }, ms);
  });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns the result of work, or rejects with `createError()` after `ms`. The work is not aborted, but abandoned. */
export function rejectAfter<T>(ms: number, work: Promise<T>, createError: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(createError()), ms);
    work.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
