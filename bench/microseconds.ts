/** What is quicker is repeated until then. */
const LEAST_MS = 5;

/** Of one call, on the average of as many as take 5 ms. */
export async function microseconds(work: () => unknown): Promise<number> {
  const started = performance.now();
  for (let calls = 1; ; calls++) {
    await work();
    const ms = performance.now() - started;
    if (ms >= LEAST_MS) return (ms * 1_000) / calls;
  }
}
