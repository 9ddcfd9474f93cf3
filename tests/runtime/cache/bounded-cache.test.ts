import fc from "fast-check";
import { expect, test } from "vitest";
import { type BoundedCache, boundedCache } from "../../../runtime/cache/bounded-cache.ts";
import { clock } from "../../support/fixtures.ts";

/** Creates a cache with room for `entries` entries: with keys of one character each entry takes 1,000 bytes. */
const createCache = <V = string>(entries: number, ttl: number, now: () => number): BoundedCache<V> =>
  boundedCache<V>({ maxBytes: entries * 1_000, sizeOf: () => 838, ttl, now });

test("an entry is returned until its TTL ends, and not at that time", () => {
  const { now, advance } = clock();
  const cache = createCache(2, 1_000, now);
  cache.set("a", "1");
  advance(999);
  expect(cache.get("a")).toBe("1");
  advance(1);
  expect(cache.get("a")).toBeUndefined();
  expect(cache.bytes).toBe(0);
});

test("an entry ages from when its value was read, not from when it was stored", () => {
  const { now, advance } = clock();
  const cache = createCache(2, 1_000, now);
  const since = now();
  advance(600);
  cache.set("a", "1", since);
  advance(400);
  expect(cache.get("a")).toBeUndefined();
});

test("the least recently used entry is evicted first", () => {
  const cache = createCache(2, 1_000, clock().now);
  cache.set("a", "1");
  cache.set("b", "2");
  cache.get("a");
  cache.set("c", "3");
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual(["1", undefined, "3"]);
  expect(cache.bytes).toBe(2_000);
});

test("a TTL of 0 caches nothing", () => {
  const cache = createCache(2, 0, clock().now);
  cache.set("a", "1");
  expect(cache.get("a")).toBeUndefined();
});

test("a value larger than the cache is not stored, and evicts nothing", () => {
  const cache = boundedCache<string>({
    maxBytes: 2_000,
    sizeOf: ({ length }) => length,
    ttl: 1_000,
    now: clock().now,
  });
  cache.set("a", "1");
  cache.set("b", "x".repeat(2_000));
  expect([cache.get("a"), cache.get("b")]).toEqual(["1", undefined]);
});

test("random values and keys never take more bytes than the bound", () => {
  const maxBytes = 10_000;
  const entry = fc.tuple(
    fc.string({ maxLength: 300, size: "max" }),
    fc.string({ maxLength: 4_000, size: "max" }),
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
      const cache = boundedCache<string>({
        maxBytes,
        sizeOf: ({ length }) => 2 * length,
        ttl: 1_000,
        now: () => 0,
      });
      for (const [key, value] of entries) {
        cache.set(key, value);
        const stored = entries.filter(([key]) => cache.entry(key) !== undefined).map(([key]) => key);
        const least = [...new Set(stored)].reduce(
          (sum, key) => sum + 2 * key.length + 2 * (cache.get(key)?.length ?? 0),
          0,
        );
        expect(cache.bytes).toBeLessThanOrEqual(maxBytes);
        expect(cache.bytes).toBeGreaterThanOrEqual(least);
      }
    }),
  );
});

test("after random operations it contains the same entries as a plain list in order of use", () => {
  const keys = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const operations = fc.oneof(
    fc.record({ kind: fc.constant("set" as const), key: keys, value: fc.nat() }),
    fc.record({ kind: fc.constant("get" as const), key: keys }),
    fc.record({ kind: fc.constant("delete" as const), key: keys }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 600 }) }),
  );
  const matchesList = (
    capacity: number,
    done: readonly (typeof operations extends fc.Arbitrary<infer T> ? T : never)[],
  ) => {
    const { now, advance } = clock();
    const cache = createCache<number>(capacity, 1_000, now);
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
      expect(cache.bytes).toBe(list.length * 1_000);
    }
  };
  fc.assert(fc.property(fc.nat({ max: 4 }), fc.array(operations, { maxLength: 200 }), matchesList), {
    numRuns: 500,
  });
});
