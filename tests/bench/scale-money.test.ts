import { expect, test } from "vitest";
import { isMet, quotasMet } from "../../bench/scale/demands.ts";
import { PLATFORM, SETTINGS } from "../../bench/scale/inputs.ts";
import { itemBytes } from "../../bench/scale/item-bytes.ts";
import { costsOf } from "../../bench/scale/money.ts";
import type { Prices } from "../../bench/scale/prices.ts";
import type { Outcome } from "../../bench/scale/simulate.ts";

/** A tenth of 10,000 requests a second calls. */
const OUTCOME: Outcome = {
  requests: 10_000,
  hitRatio: 0.9,
  invocations: 1_000,
  batches: 900,
  catalogueQueries: 10,
  readUnits: 2_000,
  hottestTenantUnits: 260,
  coldStarts: 1,
  keyFetches: 2,
  environments: 50,
  busiest: 40,
  startsWhenNew: 1_200,
  staleness: { mean: 30, seen: 89, bound: 90 },
  billedSeconds: 8,
};

/** Round ones, each of them another. */
const PRICES: Prices = {
  lambdaRequest: 1,
  lambdaSecondArm64: 10,
  lambdaSecondX86: 12,
  provisionedSecondArm64: 100,
  dynamodbReadUnit: 3,
  dynamodbProvisionedReadUnit: 7,
  logByte: 0.01,
  restRequest: 20,
  trace: 40,
  verifiedPermissions: 50,
};

test("a million requests cost what their calls, seconds, reads and bytes cost", () => {
  const settings = { ...SETTINGS, memoryMb: 512, provisioned: 4 };
  const costs = costsOf(OUTCOME, settings, PLATFORM, PRICES);
  const million = 1_000_000;
  const expected = {
    lambdaCalls: 0.1 * million * 1,
    lambdaTime: 0.0008 * million * 0.5 * 10,
    provisioned: 0.0004 * million * 0.5 * 100,
    tableReads: 0.2 * million * 3,
    decisionLog: 0.1 * million * 850 * 0.01,
    gateway: million * 20,
    accessLog: million * 700 * 0.01,
    traces: 0.05 * million * 40,
    verifiedPermissions: million * 50,
  };
  for (const [name, cost] of Object.entries(expected))
    expect(costs[name as keyof typeof expected], name).toBeCloseTo(cost, 3);
  const own = 100_000 + 4_000 + 20_000 + 600_000 + 850_000;
  expect(costs.own).toBeCloseTo(own, 3);
});

test("quotas that are not enough are named, and one that is just enough is not", () => {
  const shape = { name: "", groupOf: [0], catalogueUnits: 3, tenantUnits: 0.5, peopleUnits: 1.5 };
  expect(quotasMet(OUTCOME, shape)).toEqual(["stageThrottle", "scaling", "cataloguePartition"]);
  expect([isMet("gatewayRate", 10_000), isMet("gatewayRate", 10_100)]).toEqual([false, true]);
});

test("an item's bytes are those of its names and values", () => {
  expect(itemBytes({ pk: "TENANT#ä", tags: ["a", "bc"], inner: { x: "yz" } })).toBe(
    2 + 9 + 4 + 3 + 1 + 1 + 1 + 2 + 5 + 3 + 1 + 1 + 2,
  );
});
