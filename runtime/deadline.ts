/**
 * The work's result, or a rejection with a `TimeoutError` once `ms` have passed, whatever the work is waiting for.
 *
 * Not `AbortSignal.timeout`: its timer cannot be taken back, and would outlive each decision by seconds.
 *
 * @param work gets the signal that ends it; what does not listen is abandoned
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

/** The work's result, or a rejection with what `late` makes once `ms` have passed; the work is abandoned then. */
export function abandonedAfter<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
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
