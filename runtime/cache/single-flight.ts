/** Runs work for a key, or joins the run that is in progress for it. */
export type SingleFlight<T> = (key: string, work: () => Promise<T>) => Promise<T>;

/**
 * Creates a single flight: at most one run at a time for each key, whose result all concurrent callers share. A
 * failed run is not cached.
 *
 * @param maxAge the age in ms from which a run is not joined: Lambda freezes between requests, and a run that was
 * in progress then may never end
 * @param now returns the time in ms since 1970
 * @example
 * import { singleFlight } from "./single-flight.ts";
 *
 * let reads = 0;
 * const once = singleFlight<string>(1_000, Date.now);
 * const read = async () => `read ${++reads}`;
 * const both = await Promise.all([once("acme", read), once("acme", read)]);
 * both; // => ["read 1","read 1"]
 */
export function singleFlight<T>(maxAge: number, now: () => number): SingleFlight<T> {
  const running = new Map<string, { result: Promise<T>; since: number }>();
  return (key, work) => {
    const current = running.get(key);
    if (current !== undefined && now() - current.since < maxAge) return current.result;
    const result = work();
    running.set(key, { result, since: now() });
    const end = (): void => {
      if (running.get(key)?.result === result) running.delete(key);
    };
    result.then(end, end);
    return result;
  };
}
