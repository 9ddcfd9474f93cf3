import { expect, test } from "vitest";
import { boundedCache } from "../../lambdas/authorizer/bounded-cache.ts";
import { clock } from "./support/fixtures.ts";

test("an entry is given until its time is over, and not at that time", () => {
  const { now, advance } = clock();
  const cache = boundedCache<string>({ capacity: 2, ttl: 1_000, now });
  cache.set("a", "1");
  advance(999);
  expect(cache.get("a")).toBe("1");
  advance(1);
  expect(cache.get("a")).toBeUndefined();
  expect(cache.size).toBe(0);
});

test("an entry ages from when its value was read, not from when it was stored", () => {
  const { now, advance } = clock();
  const cache = boundedCache<string>({ capacity: 2, ttl: 1_000, now });
  const since = now();
  advance(600);
  cache.set("a", "1", since);
  advance(400);
  expect(cache.get("a")).toBeUndefined();
});

test("the least recently used entry leaves first", () => {
  const cache = boundedCache<string>({ capacity: 2, ttl: 1_000, now: clock().now });
  cache.set("a", "1");
  cache.set("b", "2");
  cache.get("a");
  cache.set("c", "3");
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual(["1", undefined, "3"]);
  expect(cache.size).toBe(2);
});

test("a time to live of 0 keeps nothing", () => {
  const cache = boundedCache<string>({ capacity: 2, ttl: 0, now: clock().now });
  cache.set("a", "1");
  expect(cache.get("a")).toBeUndefined();
});
