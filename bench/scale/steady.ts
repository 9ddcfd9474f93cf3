import { FRESH } from "../../runtime/jwt/issuer-keys.ts";
import { callsAtOnce } from "./concurrency.ts";
import { type Counts, coldSeconds, count, noCounts, warmSeconds } from "./counts.ts";
import { type Environment, environment } from "./environment.ts";
import { atFullRate, windowOf } from "./full-rate.ts";
import type { Call } from "./gateway.ts";
import { pool } from "./pool.ts";
import { exponential, type Random } from "./random.ts";
import type { Simulated } from "./simulate.ts";

/** What Lambda and the table do once everything is warm. */
export interface Steady {
  readonly counts: Counts;
  /** A second. */
  readonly coldStarts: number;
  readonly keyFetches: number;
  readonly environments: number;
  readonly busiest: number;
}

/** All users are simulated, so every environment is. */
export function wholly(
  { trace, shape, settings, platform }: Simulated,
  calls: readonly Call[],
  random: Random,
): Steady {
  const counts = noCounts();
  const lambda = pool({
    idleSeconds: platform.idleSeconds,
    // As many end at any time, however long the simulation has run.
    life: () => exponential(random, platform.lifeSeconds),
    provisioned: settings.provisioned,
    start: () => environment(settings.lambdaTtl),
  });
  let [before, sizes] = [0, 0];
  for (const call of calls) {
    const counted = call.at >= trace.from;
    lambda.call(call.at, (own, cold) => {
      const reads = own.decide(call);
      const seconds = warmSeconds(reads, platform);
      if (counted) count(counts, reads, call.tenant, shape, seconds);
      return seconds + (cold ? coldSeconds(platform) : 0);
    });
    if (counted) sizes += lambda.size;
    else before = lambda.coldStarts;
  }
  const spell = trace.end - trace.from;
  return {
    counts,
    coldStarts: (lambda.coldStarts - before) / spell,
    keyFetches: counts.keyFetches / spell,
    environments: sizes / Math.max(1, counts.calls),
    busiest: lambda.busiest,
  };
}

/** As many environments as ever work at once are kept, and of these some are looked at. */
const LOOKED_AT = 2;

/** Environments are alike, so some of them, with the calls that fall to them by chance, stand for all. */
export function sampled(simulated: Simulated, calls: readonly Call[], random: Random): Steady {
  const { trace, shape, settings, platform } = simulated;
  const busiest = callsAtOnce(simulated, calls, random);
  const environments = Math.max(1, busiest, settings.provisioned);
  const looked = Math.min(environments, LOOKED_AT);
  const memories: Environment[] = Array.from({ length: looked }, () => environment(settings.lambdaTtl));
  const warm = Math.max(10, settings.lambdaTtl);
  const window = windowOf(trace, 3 * warm, looked / environments);
  const counts = noCounts();
  for (const call of atFullRate(calls, window, random)) {
    const own = memories[Math.floor(random() * looked)] as Environment;
    const reads = own.decide(call);
    if (call.at >= warm) count(counts, reads, call.tenant, shape, warmSeconds(reads, platform));
  }
  const coldStarts = Math.max(0, environments - settings.provisioned) / platform.lifeSeconds;
  const keyFetches = coldStarts + (environments * 1_000) / FRESH;
  return { counts, coldStarts, keyFetches, environments, busiest };
}
