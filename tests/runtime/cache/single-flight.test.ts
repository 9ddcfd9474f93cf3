import { expect, test } from "vitest";
import { singleFlight } from "../../../runtime/cache/single-flight.ts";
import { clock } from "../../support/fixtures.ts";

function countedWork() {
  const runs: ((value: string) => void)[] = [];
  return { runs, work: () => new Promise<string>((resolve) => runs.push(resolve)) };
}

test("calls during a run share it", async () => {
  const once = singleFlight<string>(1_000, clock().now);
  const { runs, work } = countedWork();
  const both = Promise.all([once("a", work), once("a", work)]);
  runs[0]?.("done");
  expect(await both).toEqual(["done", "done"]);
  expect(runs).toHaveLength(1);
});

test("another key starts another run", () => {
  const once = singleFlight<string>(1_000, clock().now);
  const { runs, work } = countedWork();
  void once("a", work);
  void once("b", work);
  expect(runs).toHaveLength(2);
});

test("a failed run is not cached", async () => {
  const once = singleFlight<string>(1_000, clock().now);
  await expect(once("a", () => Promise.reject(new Error("first")))).rejects.toThrow("first");
  expect(await once("a", async () => "second")).toBe("second");
});

test("a frozen run is not joined, and its late end does not affect the next run", async () => {
  const { now, advance } = clock();
  const once = singleFlight<string>(1_000, now);
  const { runs, work } = countedWork();
  const frozen = once("a", work);
  advance(1_000);
  const next = once("a", work);
  runs[0]?.("late");
  expect(await frozen).toBe("late");
  const joined = once("a", work);
  runs[1]?.("fresh");
  expect(await Promise.all([next, joined])).toEqual(["fresh", "fresh"]);
  expect(runs).toHaveLength(2);
});
