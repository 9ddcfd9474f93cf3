import { expect, test } from "vitest";
import { rateLimit } from "../../../runtime/cache/rate-limit.ts";
import { clock } from "../../support/fixtures.ts";

function harness() {
  const { now, advance } = clock();
  const allowed = rateLimit({ burst: 3, interval: 1_000, now });
  const granted = (times: number) => Array.from({ length: times }, allowed).filter(Boolean).length;
  return { granted, advance };
}

test("a few are let through at once, then one an interval", () => {
  const { granted, advance } = harness();
  expect(granted(10)).toBe(3);
  advance(999);
  expect(granted(10)).toBe(0);
  advance(1);
  expect(granted(10)).toBe(1);
  advance(1_500);
  expect(granted(10)).toBe(1);
  advance(500);
  expect(granted(10)).toBe(1);
});

test("a long pause saves up no more than the burst, and a clock that goes back takes nothing away", () => {
  const { granted, advance } = harness();
  granted(3);
  advance(3_600_000);
  expect(granted(10)).toBe(3);
  advance(-60_000);
  expect(granted(10)).toBe(0);
  advance(1_000);
  expect(granted(10)).toBe(1);
});
