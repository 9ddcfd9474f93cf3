/** How often something may be done. */
export interface RateLimits {
  /** As often at once, after a pause that was long enough. */
  readonly burst: number;
  /** After so many ms it may be done once more. */
  readonly interval: number;
  /** The time in ms since 1970. */
  readonly now: () => number;
}

/** Tells whether it may be done once more, and counts it if so. */
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
