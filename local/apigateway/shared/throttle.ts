import { rateLimit } from "../../../runtime/cache/rate-limit.ts";

/** A stage's throttling: `rate` requests a second, `burst` at once. */
export interface ThrottleSettings {
  readonly rate: number;
  readonly burst: number;
}

/**
 * Creates a token bucket.
 *
 * @param now milliseconds; only differences count
 * @returns a function that takes a token and reports whether there was one
 */
export const createThrottle = ({ rate, burst }: ThrottleSettings, now: () => number): (() => boolean) =>
  rateLimit({ burst, interval: 1_000 / rate, now });
