import { FRESH } from "../../lambdas/authorizer/issuer-keys.ts";
import type { ApiShape } from "./api-shape.ts";
import { type Counts, coldSeconds, count, noCounts, warmSeconds } from "./counts.ts";
import { type Environment, environment } from "./environment.ts";
import { atFullRate, timesAtFullRate, type Window } from "./full-rate.ts";
import { type Call, gatewayOf } from "./gateway.ts";
import type { Effort, Platform, Settings } from "./inputs.ts";
import { pool } from "./pool.ts";
import { type Random, randomOf } from "./random.ts";
import type { Trace } from "./traffic.ts";

export interface Simulated {
  readonly trace: Trace;
  readonly shape: ApiShape;
  readonly settings: Settings;
  readonly platform: Platform;
  readonly effort: Effort;
}

/** What a deployment sees, at the full rate; rates are a second. */
export interface Outcome {
  readonly requests: number;
  /** Of API Gateway's cache. */
  readonly hitRatio: number;
  readonly invocations: number;
  readonly batches: number;
  readonly catalogueQueries: number;
  readonly readUnits: number;
  /** Of the busiest tenant's partition. */
  readonly hottestTenantUnits: number;
  readonly coldStarts: number;
  readonly keyFetches: number;
  /** As many environments as there are, on average or, at a sampled rate, at the busiest. */
  readonly environments: number;
  /** As many as work at once, at the busiest. */
  readonly busiest: number;
  /** As many as start in the first seconds after a deployment, when there is none. */
  readonly startsWhenNew: number;
  /** Of the permissions that an answer was made of, in seconds: the average, the most that was seen, the most there can be. */
  readonly staleness: { readonly mean: number; readonly seen: number; readonly bound: number };
  /** Billed by Lambda, INIT included. */
  readonly billedSeconds: number;
}

/** Runs a trace through the gateway's cache and Lambda's environments, and tells what that is at the full rate. */
export function simulate(simulated: Simulated): Outcome {
  const { trace, settings, platform } = simulated;
  const asked = throughGateway(simulated);
  const spell = trace.end - trace.from;
  const invocations = (asked.calls.filter(({ at }) => at >= trace.from).length / spell) * trace.times;
  const random = randomOf(simulated.effort.seed + 1);
  const startsWhenNew = busiestOf(simulated, asked.calls, invocations, random, true);
  const steady =
    trace.times === 1 ? wholly(simulated, asked.calls) : sampled(simulated, asked.calls, invocations, random);
  const each = (counted: number): number => (counted / Math.max(1, steady.counts.calls)) * invocations;
  const { counts, environments } = steady;
  const off = settings.mode === "off" || settings.gatewayTtl === 0;
  return {
    requests: (asked.requests / spell) * trace.times,
    hitRatio: 1 - asked.counted / asked.requests,
    invocations,
    batches: each(counts.batches),
    catalogueQueries: each(counts.catalogueQueries),
    readUnits: each(counts.units),
    hottestTenantUnits: each(Math.max(0, ...counts.tenantUnits.values())),
    coldStarts: steady.coldStarts,
    keyFetches: steady.keyFetches,
    environments,
    busiest: steady.busiest,
    startsWhenNew,
    staleness: {
      mean: asked.ages / asked.requests + counts.ages / Math.max(1, counts.calls),
      seen: asked.oldest + counts.oldest,
      bound: (off ? 0 : settings.gatewayTtl + answerSeconds(platform)) + settings.lambdaTtl,
    },
    billedSeconds: each(counts.seconds) + steady.coldStarts * coldSeconds(platform),
  };
}

const answerSeconds = (platform: Platform): number => platform.decideSeconds + platform.readSeconds;

interface Asked {
  readonly calls: readonly Call[];
  /** From `trace.from` on: requests, calls among them, and the ages of cached answers. */
  requests: number;
  counted: number;
  ages: number;
  oldest: number;
}

function throughGateway({ trace, settings, shape, platform }: Simulated): Asked {
  const gateway = gatewayOf(settings, shape, answerSeconds(platform));
  const calls: Call[] = [];
  const asked = { calls, requests: 0, counted: 0, ages: 0, oldest: 0 };
  for (const request of trace.requests) {
    const age = gateway.ask(request);
    if (age === undefined) calls.push(request);
    if (request.at < trace.from) continue;
    asked.requests++;
    asked.counted += Number(age === undefined);
    asked.ages += age ?? 0;
    asked.oldest = Math.max(asked.oldest, age ?? 0);
  }
  return asked;
}

interface Steady {
  readonly counts: Counts;
  /** A second. */
  readonly coldStarts: number;
  readonly keyFetches: number;
  readonly environments: number;
  readonly busiest: number;
}

/** All users are simulated, so every environment is. */
function wholly({ trace, shape, settings, platform }: Simulated, calls: readonly Call[]): Steady {
  const counts = noCounts();
  const lambda = pool({
    platform,
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
function sampled(simulated: Simulated, calls: readonly Call[], rate: number, random: Random): Steady {
  const { trace, shape, settings, platform } = simulated;
  const busiest = busiestOf(simulated, calls, rate, random, false);
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

const windowOf = ({ from, end, times }: Trace, seconds: number, share: number): Window => ({
  from,
  end,
  times,
  seconds: Math.min(seconds, end - from),
  share,
});

/** Lambda counts how many it starts in so long. */
const SCALING_SECONDS = 10;

/** How many work at once at the full rate, each call as long as one that reads; `areNew`: there is none to begin with. */
function busiestOf(
  { trace, platform, effort }: Simulated,
  calls: readonly Call[],
  rate: number,
  random: Random,
  areNew: boolean,
): number {
  const cold = areNew ? coldSeconds(platform) : 0;
  const warm = warmSeconds({ catalogue: false, tenant: true, people: true }, platform);
  // Whoever was needed within the idle time is still there. After a deployment none is new once the first are free.
  const long = areNew ? SCALING_SECONDS : platform.idleSeconds;
  const seconds = Math.max(2 * cold, Math.min(long, effort.concurrencyCalls / rate));
  const lambda = pool<null>({ platform, provisioned: 0, start: () => null });
  for (const at of timesAtFullRate(calls, windowOf(trace, seconds, 1), random))
    lambda.call(at, (_, isNew) => warm + (isNew ? cold : 0));
  return lambda.busiest;
}
