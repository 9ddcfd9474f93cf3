/** Runs work for a key, or joins the run that is under way for it. */
export type SingleFlight<T> = (key: string, work: () => Promise<T>) => Promise<T>;

/**
 * One run at a time for each key, shared by all who ask meanwhile. A run older than `maxAge` ms is left
 * alone: Lambda freezes between requests, and what was under way then may never end.
 */
export function singleFlight<T>(maxAge: number, now: () => number): SingleFlight<T> {
  const running = new Map<string, { result: Promise<T>; since: number }>();
  return (key, work) => {
    const other = running.get(key);
    if (other !== undefined && now() - other.since < maxAge) return other.result;
    const result = work();
    running.set(key, { result, since: now() });
    const end = (): void => {
      if (running.get(key)?.result === result) running.delete(key);
    };
    result.then(end, end);
    return result;
  };
}
