/** Fast work is repeated for at least this long. */
const MIN_MS = 5;

/** Returns the µs of one call, averaged over at least 5 ms of calls. */
export async function microseconds(work: () => unknown): Promise<number> {
  const started = performance.now();
  for (let calls = 1; ; calls++) {
    await work();
    const ms = performance.now() - started;
    if (ms >= MIN_MS) return (ms * 1_000) / calls;
  }
}
