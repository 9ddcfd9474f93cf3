import { describe, expect, test } from "vitest";
import type { ApiShape } from "../../bench/scale/api-shape.ts";
import { environment } from "../../bench/scale/environment.ts";
import { timesAtFullRate, windowOf } from "../../bench/scale/full-rate.ts";
import { gatewayOf } from "../../bench/scale/gateway.ts";
import { type Effort, PLATFORM, SETTINGS, SMALL_EFFORT, TRAFFIC } from "../../bench/scale/inputs.ts";
import { pool } from "../../bench/scale/pool.ts";
import { exponential, randomOf, zipf } from "../../bench/scale/random.ts";
import { type Outcome, simulate } from "../../bench/scale/simulate.ts";
import { makeTrace } from "../../bench/scale/traffic.ts";
import { createThrottle } from "../../local/apigateway/shared/throttle.ts";

const SHAPE: ApiShape = {
  name: "two groups",
  groupOf: [0, 0, 0, 1, 1, 1, 1, 1],
  catalogueUnits: 1,
  tenantUnits: 0.5,
  peopleUnits: 1.5,
};

/** Times of a Poisson process with so many events a second. */
function poisson(rate: number, count: number, seed: number): number[] {
  const random = randomOf(seed);
  let at = 0;
  return Array.from({ length: count }, () => (at += exponential(random, 1 / rate)));
}

function simulated(effort: Partial<Effort> = {}, rate = 50): Outcome {
  const all: Effort = { ...SMALL_EFFORT, ...effort };
  const trace = makeTrace({ ...TRAFFIC, rate }, SHAPE.groupOf.length, all);
  return simulate({ trace, shape: SHAPE, settings: SETTINGS, platform: PLATFORM, effort: all });
}

describe("what can be calculated comes out so", () => {
  test.each([0.5, 3, 20])(
    "a token's Poisson requests, %d in a TTL, hit 1 - 1 / (1 + that) of the time",
    (inTtl) => {
      const gateway = gatewayOf({ mode: "token", gatewayTtl: 60 }, SHAPE, 0);
      const times = poisson(inTtl / 60, 100_000, 7);
      const hits = times.filter(
        (at) => gateway.ask({ at, token: 1, tenant: 0, route: 0 }) !== undefined,
      ).length;
      expect(hits / times.length).toBeCloseTo(1 - 1 / (1 + inTtl), 2);
    },
  );

  test("an answer's age in a cache is, on average, what renewal theory says", () => {
    const gateway = gatewayOf({ mode: "token", gatewayTtl: 60 }, SHAPE, 0);
    const ages = poisson(1, 100_000, 8).map((at) => gateway.ask({ at, token: 1, tenant: 0, route: 0 }) ?? 0);
    // λT hits of the average age T/2 for each call, whose age is 0.
    expect(ages.reduce((sum, age) => sum + age, 0) / ages.length).toBeCloseTo((60 * 30) / 61, 0);
  });

  test("an environment reads a tenant that is asked for λ times a second λ / (1 + λT) times", () => {
    const memory = environment(30);
    const times = poisson(0.1, 50_000, 9);
    const reads = times.filter((at) => memory.decide({ at, token: at, tenant: 3 }).tenant).length;
    expect(reads / (times.at(-1) ?? 0)).toBeCloseTo(0.1 / (1 + 0.1 * 30), 3);
  });

  test("Zipf's first is drawn as often as its share says", () => {
    const { shares, draw } = zipf(100, 1);
    const random = randomOf(3);
    const drawn = Array.from({ length: 50_000 }, () => draw(random));
    expect(shares[0]).toBeCloseTo(1 / 5.187, 3);
    expect(drawn.filter((index) => index === 0).length / drawn.length).toBeCloseTo(shares[0] ?? 0, 2);
  });
});

describe("the cache of API Gateway", () => {
  test("has an entry for a token and a group, or for a token and a route", () => {
    const calls = (mode: "token" | "route" | "off"): number => {
      const gateway = gatewayOf({ mode, gatewayTtl: 60 }, SHAPE, 0);
      const requests = [0, 1, 2, 3, 4, 3, 0].map((route, at) => ({ at, token: 1, tenant: 0, route }));
      return requests.filter((request) => gateway.ask(request) === undefined).length;
    };
    expect([calls("token"), calls("route"), calls("off")]).toEqual([2, 5, 7]);
  });

  test("does not know an answer before it is there", () => {
    const gateway = gatewayOf({ mode: "token", gatewayTtl: 60 }, SHAPE, 0.01);
    const ages = [0, 0.005, 0.02, 60, 60.02].map((at) => gateway.ask({ at, token: 1, tenant: 0, route: 0 }));
    expect(ages).toEqual([undefined, undefined, 0.015, 59.995, undefined]);
  });
});

describe("execution environments", () => {
  const starts = (times: readonly number[], provisioned = 0): { cold: number; busiest: number } => {
    const lambda = pool({
      idleSeconds: PLATFORM.idleSeconds,
      life: () => PLATFORM.lifeSeconds,
      provisioned,
      start: () => null,
    });
    for (const at of times) lambda.call(at, () => 1);
    return { cold: lambda.coldStarts, busiest: lambda.busiest };
  };

  test("take one call at a time", () => {
    expect(starts([0, 0.5, 0.9, 1.2, 1.6])).toEqual({ cold: 3, busiest: 3 });
  });

  test("end when idle, and when they are old", () => {
    expect(starts([0, 301.1]).cold).toBe(2);
    expect(starts([0, 300.9]).cold).toBe(1);
    expect(starts(Array.from({ length: 100 }, (_, index) => index * 100)).cold).toBe(2);
  });

  test("that are provisioned are never cold", () => {
    expect(starts([0, 0.1, 0.2, 10_000], 2)).toEqual({ cold: 1, busiest: 3 });
  });
});

describe("a part of the users stands for all", () => {
  const whole = simulated({ sampleRate: 50 });
  const part = simulated({ sampleRate: 10, seed: 5 });

  test("in hits and calls", () => {
    expect(part.requests).toBeCloseTo(50, 6);
    expect(Math.abs(part.hitRatio - whole.hitRatio)).toBeLessThan(0.02);
    const ratio = part.invocations / part.requests / (whole.invocations / whole.requests);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
  });

  test("in reads and in what is billed", () => {
    for (const name of ["batches", "readUnits", "billedSeconds", "hottestTenantUnits"] as const) {
      const ratio = part[name] / part.requests / (whole[name] / whole.requests);
      expect(ratio, name).toBeGreaterThan(0.8);
      expect(ratio, name).toBeLessThan(1.25);
    }
  });

  test("and nothing is older than it may be", () => {
    for (const { staleness } of [whole, part]) {
      expect(staleness.seen).toBeLessThanOrEqual(staleness.bound);
      expect(staleness.seen).toBeGreaterThan(staleness.bound - 5);
      expect(staleness.mean).toBeLessThan(staleness.seen / 2);
    }
  });
});

test("a seed decides everything", () => {
  const small = { countedSeconds: 300, leastRequests: 1_000 };
  expect(simulated(small, 1_000)).toEqual(simulated(small, 1_000));
  expect(simulated({ ...small, seed: 2 }, 1_000).hitRatio).not.toBe(simulated(small, 1_000).hitRatio);
});

describe("a throttle's burst", () => {
  const refused = (rate: number, throttle: { rate: number; burst: number }): number => {
    const trace = makeTrace({ ...TRAFFIC, rate }, SHAPE.groupOf.length, {
      ...SMALL_EFFORT,
      countedSeconds: 600,
    });
    let clock = 0;
    const takes = createThrottle(throttle, () => clock);
    const times = timesAtFullRate(trace.requests, windowOf(trace, 6, 1), randomOf(4));
    return times.filter((at) => {
      clock = at * 1_000;
      return !takes();
    }).length;
  };

  test.each([
    [{ rate: 10_000, burst: 5_000 }, 9_500],
    [{ rate: 1_000, burst: 500 }, 900],
  ])("of %j takes the pages of %d requests a second", (throttle, rate) => {
    expect(refused(rate, throttle)).toBe(0);
  });

  test("is used up above its rate", () => {
    expect(refused(12_000, { rate: 10_000, burst: 5_000 })).toBeGreaterThan(1_000);
  });
});

test("a day's traffic has its rate on average, and a night", () => {
  const { requests, from, end } = makeTrace({ ...TRAFFIC, rate: 1, dailySwing: 0.8 }, 8, SMALL_EFFORT);
  const between = (a: number, b: number): number =>
    requests.filter(({ at }) => at >= a && at < b).length / (b - a);
  expect(between(from, end)).toBeGreaterThan(0.9);
  expect(between(from, end)).toBeLessThan(1.1);
  expect(between(41_000, 45_000) / between(82_000, 90_000)).toBeGreaterThan(4);
});
