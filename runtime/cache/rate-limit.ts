/** How often something may be done. */
export interface RateLimits {
  /** How many times in a row, after a pause that was long enough. */
  readonly burst: number;
  /** After how many ms once more. */
  readonly interval: number;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
}

/**
 * Creates a token bucket. Each call returns whether one more attempt is allowed, and counts it if so.
 *
 * @example
 * import { rateLimit } from "./rate-limit.ts";
 *
 * const isAllowed = rateLimit({ burst: 2, interval: 1_000, now: () => 0 });
 * [isAllowed(), isAllowed(), isAllowed()]; // => [true,true,false]
 */
export function rateLimit({ burst, interval, now }: RateLimits): () => boolean {
  let left = burst;
  let at = now();
  return () => {
    left = Math.min(burst, left + Math.max(0, now() - at) / interval);
    at = now();
    if (left < 1) return false;
    left--;
    return true;
  };
}
