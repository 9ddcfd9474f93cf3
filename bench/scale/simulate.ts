import type { ApiShape } from "./api-shape.ts";
import { type Asked, answerSeconds, throughGateway } from "./asked.ts";
import { startsWhenNew } from "./concurrency.ts";
import { coldSeconds } from "./counts.ts";
import type { Effort, Platform, Settings } from "./inputs.ts";
import { randomOf } from "./random.ts";
import { type Steady, sampled, wholly } from "./steady.ts";
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
  const { trace, effort } = simulated;
  const random = randomOf(effort.seed + 1);
  const asked = throughGateway(simulated);
  const starts = startsWhenNew(simulated, asked.calls, random);
  const steady = (trace.times === 1 ? wholly : sampled)(simulated, asked.calls, random);
  const { coldStarts, keyFetches, environments, busiest } = steady;
  return {
    ...calledFor(simulated, asked, steady),
    hitRatio: 1 - asked.called / asked.requests,
    coldStarts,
    keyFetches,
    environments,
    busiest,
    startsWhenNew: starts,
    staleness: stalenessOf(simulated, asked, steady),
  };
}

/** What was counted of some calls, for all of a second. */
function calledFor({ trace, platform }: Simulated, asked: Asked, { counts, coldStarts }: Steady) {
  const aSecond = trace.times / (trace.end - trace.from);
  const invocations = asked.called * aSecond;
  const each = (counted: number): number => (counted / Math.max(1, counts.calls)) * invocations;
  return {
    requests: asked.requests * aSecond,
    invocations,
    batches: each(counts.batches),
    catalogueQueries: each(counts.catalogueQueries),
    readUnits: each(counts.units),
    hottestTenantUnits: each(Math.max(0, ...counts.tenantUnits.values())),
    billedSeconds: each(counts.seconds) + coldStarts * coldSeconds(platform),
  };
}

function stalenessOf(
  { settings, platform }: Simulated,
  asked: Asked,
  { counts }: Steady,
): Outcome["staleness"] {
  const isOff = settings.mode === "off" || settings.gatewayTtl === 0;
  return {
    mean: asked.ages / asked.requests + counts.ages / Math.max(1, counts.calls),
    seen: asked.oldest + counts.oldest,
    bound: (isOff ? 0 : settings.gatewayTtl + answerSeconds(platform)) + settings.lambdaTtl,
  };
}
