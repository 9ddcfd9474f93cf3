import fc from "fast-check";
import { expect, test } from "vitest";
import { boundedCache } from "../../../runtime/cache/bounded-cache.ts";
import { clock } from "../../support/fixtures.ts";

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

test("whatever is asked, it holds what a plain list of the last used would", () => {
  const keys = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const operations = fc.oneof(
    fc.record({ kind: fc.constant("set" as const), key: keys, value: fc.nat() }),
    fc.record({ kind: fc.constant("get" as const), key: keys }),
    fc.record({ kind: fc.constant("delete" as const), key: keys }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 600 }) }),
  );
  const holds = (
    capacity: number,
    done: readonly (typeof operations extends fc.Arbitrary<infer T> ? T : never)[],
  ) => {
    const { now, advance } = clock();
    const cache = boundedCache<number>({ capacity, ttl: 1_000, now });
    let list: { key: string; value: number; since: number }[] = [];
    for (const one of done) {
      if (one.kind === "wait") advance(one.ms);
      else if (one.kind === "delete") {
        cache.delete(one.key);
        list = list.filter(({ key }) => key !== one.key);
      } else if (one.kind === "set") {
        cache.set(one.key, one.value);
        list = [
          ...list.filter(({ key }) => key !== one.key),
          { key: one.key, value: one.value, since: now() },
        ];
        list = list.slice(Math.max(0, list.length - capacity));
      } else {
        const found = list.find(({ key, since }) => key === one.key && now() - since < 1_000);
        expect(cache.get(one.key)).toBe(found?.value);
        list = [...list.filter(({ key }) => key !== one.key), ...(found === undefined ? [] : [found])];
      }
      expect(cache.size).toBe(list.length);
    }
  };
  fc.assert(fc.property(fc.nat({ max: 4 }), fc.array(operations, { maxLength: 200 }), holds), {
    numRuns: 500,
  });
});
