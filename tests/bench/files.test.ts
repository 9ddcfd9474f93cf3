import { expect, test } from "vitest";
import { slopeAt } from "../../bench/measurements/files.ts";

test("a tenant more costs what lies between two sizes, whatever the start takes", () => {
  const curve = [
    [100, 620],
    [1_000, 800],
    [10_000, 2_600],
  ] as const;
  expect(slopeAt(0, curve)).toEqual({});
  expect(slopeAt(1, curve)).toEqual({ "ms a tenant more": 0.2 });
  expect(slopeAt(2, curve)).toEqual({ "ms a tenant more": 0.2, exponent: 1 });
});

test("work that grows with the square has an exponent of 2", () => {
  const curve = [10, 100, 1_000].map((size) => [size, 600 + size ** 2] as const);
  expect(slopeAt(2, curve)["exponent"]).toBeCloseTo(2, 1);
});
