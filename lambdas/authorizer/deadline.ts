/**
 * The work's result, or a rejection once `ms` have passed, whatever the work is waiting for.
 *
 * @param work gets the signal that ends it; what does not listen is abandoned
 */
export function withinDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ms);
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([work(signal), ended]);
}
