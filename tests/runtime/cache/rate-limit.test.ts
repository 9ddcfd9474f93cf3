import { expect, test } from "vitest";
import { rateLimit } from "../../../runtime/cache/rate-limit.ts";
import { clock } from "../../support/fixtures.ts";

function harness() {
  const { now, advance } = clock();
  const isAllowed = rateLimit({ burst: 3, interval: 1_000, now });
  const countAllowed = (times: number) => Array.from({ length: times }, isAllowed).filter(Boolean).length;
  return { countAllowed, advance };
}

test("a burst is allowed at once, then one call an interval", () => {
  const { countAllowed, advance } = harness();
  expect(countAllowed(10)).toBe(3);
  advance(999);
  expect(countAllowed(10)).toBe(0);
  advance(1);
  expect(countAllowed(10)).toBe(1);
  advance(1_500);
  expect(countAllowed(10)).toBe(1);
  advance(500);
  expect(countAllowed(10)).toBe(1);
});

test("a long pause allows no more than the burst, and a clock that goes back has no effect", () => {
  const { countAllowed, advance } = harness();
  countAllowed(3);
  advance(3_600_000);
  expect(countAllowed(10)).toBe(3);
  advance(-60_000);
  expect(countAllowed(10)).toBe(0);
  advance(1_000);
  expect(countAllowed(10)).toBe(1);
});
