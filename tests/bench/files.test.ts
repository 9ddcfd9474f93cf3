import { expect, test } from "vitest";
import { growthAt } from "../../bench/measurements/files.ts";

test("an extra tenant's cost is the slope between two sizes, without the start-up time", () => {
  const curve = [
    [100, 620],
    [1_000, 800],
    [10_000, 2_600],
  ] as const;
  expect(growthAt(0, curve)).toEqual({});
  expect(growthAt(1, curve)).toEqual({ "ms per extra tenant": 0.2 });
  expect(growthAt(2, curve)).toEqual({ "ms per extra tenant": 0.2, exponent: 1 });
});

test("work that grows with the square has an exponent of 2", () => {
  const curve = [10, 100, 1_000].map((size) => [size, 600 + size ** 2] as const);
  expect(growthAt(2, curve)["exponent"]).toBeCloseTo(2, 1);
});
