import { expect, test } from "vitest";
import { type Case, checkGoals, type Measurement, runMeasurement } from "../../bench/measurement.ts";

/** Returns cases that record when they ran, and return the given values in turn. */
function measurement(valuesByCase: Record<string, number[]>, order: string[] = []): Measurement {
  const cases = Object.entries(valuesByCase).map(([name, values]): Case => {
    let round = 0;
    return {
      name,
      kind: "ours",
      async round() {
        order.push(name);
        return { value: values[round++ % values.length] ?? Number.NaN, alongside: { "wall ms": round } };
      },
    };
  });
  return { name: "m", about: "", unit: "ms", rounds: 3, prepare: async () => ({ cases }) };
}

test("cases run in turn, and no case always runs first", async () => {
  const order: string[] = [];
  await runMeasurement(measurement({ a: [1], b: [1], c: [1] }, order), false);
  expect(order.join("")).toBe("cababcbcacab");
});

test("the warm-up does not count, and ratios compare medians with the first case", async () => {
  const summaries = await runMeasurement(
    measurement({ slow: [999, 10, 30, 20], fast: [999, 1, 2, 9] }),
    false,
  );
  expect(
    summaries.map(({ rounds, median, min, max, ratio }) => ({ rounds, median, min, max, ratio })),
  ).toEqual([
    { rounds: [10, 30, 20], median: 20, min: 10, max: 30, ratio: 1 },
    { rounds: [1, 2, 9], median: 2, min: 1, max: 9, ratio: 0.1 },
  ]);
  expect(summaries[0]?.facts).toEqual({ "wall ms": 3 });
});

test("a goal reports the measured ratio, and a goal for a missing case is an error", async () => {
  const summaries = await runMeasurement(measurement({ slow: [10], fast: [2] }), false);
  expect(checkGoals([{ name: "fast", of: "slow", atMost: 0.5 }], summaries)).toMatchObject([{ ratio: 0.2 }]);
  expect(() => checkGoals([{ name: "other", of: "slow", atMost: 1 }], summaries)).toThrow(
    'A goal names case "other", but group "" has no such case',
  );
});
