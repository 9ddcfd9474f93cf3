/** A stage's throttling: `rate` requests a second, `burst` at once. */
export interface ThrottleSettings {
  readonly rate: number;
  readonly burst: number;
}

/**
 * A token bucket.
 *
 * @param now milliseconds; only differences count
 * @returns takes a token, and tells whether there was one
 */
export function createThrottle({ rate, burst }: ThrottleSettings, now: () => number): () => boolean {
  let tokens = burst;
  let filledAt = now();
  return () => {
    const time = now();
    tokens = Math.min(burst, tokens + (Math.max(0, time - filledAt) / 1000) * rate);
    filledAt = time;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}
