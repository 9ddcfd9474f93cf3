import type { JWK } from "jose";
import { beforeAll, expect, test } from "vitest";
import { issuerName } from "../../../core/model/ids.ts";
import { type IssuerKeys, issuerKeys, KEYS_DEADLINE, type KeySet } from "../../../runtime/jwt/issuer-keys.ts";
import { persistedJwksItem, readPersistedJwks } from "../../../runtime/jwt/persisted-keys.ts";
import { expectInternalError } from "../../support/expect-errors.ts";
import { makeSigner } from "../../support/fake-issuer.ts";
import { clock } from "../../support/fixtures.ts";

const MINUTE = 60_000;
let first: JWK;
let second: JWK;

beforeAll(async () => {
  first = (await makeSigner("k1", "ES256")).jwk;
  second = (await makeSigner("k2", "ES256")).jwk;
});

/** An issuer that answers with `answer.keys`, or not at all. */
function harness(stale = 60 * MINUTE) {
  const { now, advance } = clock();
  const answer: { keys: JWK[] | undefined; fetches: number } = { keys: [first], fetches: 0 };
  const fetch = async () => {
    answer.fetches++;
    if (answer.keys === undefined) throw new Error("down");
    return answer.keys;
  };
  return { keys: issuerKeys({ issuer: "main", fetch, stale, now }), answer, advance };
}

/** Which of the two keys a set finds. */
async function keyIds({ find }: KeySet): Promise<string[]> {
  const found: string[] = [];
  for (const kid of ["k1", "k2"])
    await find({ alg: "ES256", kid }).then(
      () => found.push(kid),
      () => undefined,
    );
  return found;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const MESSAGE = "The keys of issuer main cannot be fetched";

test("keys are fetched once, also for requests that come at the same time", async () => {
  const { keys, answer } = harness();
  const [one, two] = await Promise.all([keys.current(), keys.current()]);
  expect(one).toBe(two);
  expect(await keys.current()).toBe(one);
  expect(answer.fetches).toBe(1);
});

test("after ten minutes keys are fetched in the background, and the request does not wait", async () => {
  const { keys, answer, advance } = harness();
  const before = await keys.current();
  answer.keys = [second];
  advance(10 * MINUTE);
  expect(await keys.current()).toBe(before);
  await settled();
  const after = await keys.current();
  expect(await keyIds(after)).toEqual(["k2"]);
  expect(answer.fetches).toBe(2);
});

test("after twenty minutes the request waits, so that a Lambda that froze too early learns of new keys", async () => {
  const { keys, answer, advance } = harness();
  await keys.current();
  answer.keys = [second];
  advance(20 * MINUTE);
  expect(await keyIds(await keys.current())).toEqual(["k2"]);
});

test("the same keys stay the same set, with what was imported of them", async () => {
  const { keys, advance, answer } = harness();
  const before = await keys.current();
  advance(20 * MINUTE);
  expect(await keys.current()).toBe(before);
  expect(answer.fetches).toBe(2);
});

test("known keys outlive an outage up to the limit, and the issuer is not asked at every request", async () => {
  const { keys, answer, advance } = harness();
  const before = await keys.current();
  answer.keys = undefined;
  advance(30 * MINUTE);
  for (let request = 0; request < 10; request++) expect(await keys.current()).toBe(before);
  expect(answer.fetches).toBe(2);
  advance(30 * MINUTE);
  await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
});

test("a stale limit below ten minutes does not make fresh keys useless", async () => {
  const { keys, answer, advance } = harness(0);
  await keys.current();
  advance(10 * MINUTE - 1);
  await keys.current();
  expect(answer.fetches).toBe(1);
  answer.keys = undefined;
  advance(1);
  await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
});

test("without keys an outage is an error, and the next request after it works", async () => {
  const { keys, answer } = harness();
  answer.keys = undefined;
  await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
  answer.keys = [first];
  expect(await keyIds(await keys.current())).toEqual(["k1"]);
});

test("without keys a flood of requests in an outage is a few fetches, then one a second, and so is the way out", async () => {
  const { keys, answer, advance } = harness();
  answer.keys = undefined;
  for (let request = 0; request < 100; request++)
    await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
  expect(answer.fetches).toBe(5);
  answer.keys = [first];
  await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
  advance(1_000);
  expect(await keyIds(await keys.current())).toEqual(["k1"]);
  expect(answer.fetches).toBe(6);
});

async function search(keys: IssuerKeys, times: number) {
  const seen = await keys.current();
  for (let token = 0; token < times; token++) await keys.refresh(seen);
}

test("a flood of unknown kids is a few fetches at once, then one a second", async () => {
  const { keys, answer, advance } = harness();
  await search(keys, 100);
  expect(answer.fetches).toBe(5);
  for (let second = 0; second < 60; second++) {
    advance(1_000);
    await search(keys, 100);
  }
  expect(answer.fetches).toBe(65);
  advance(10 * MINUTE - 1);
  await search(keys, 100);
  expect(answer.fetches).toBe(70);
});

test("a key that is new is found at once, whatever was searched for before, and within a second of a flood", async () => {
  const { keys, answer, advance } = harness();
  await search(keys, 1);
  answer.keys = [first, second];
  const rotated = await keys.refresh(await keys.current());
  expect(await keyIds(rotated)).toEqual(["k1", "k2"]);
  await search(keys, 1_000);
  answer.keys = [second];
  expect(await keys.refresh(rotated)).toBe(rotated);
  advance(1_000);
  expect(await keyIds(await keys.refresh(rotated))).toEqual(["k2"]);
});

test("keys that came meanwhile are looked in without a fetch", async () => {
  const { keys, answer } = harness();
  const before = await keys.current();
  answer.keys = [first, second];
  const after = await keys.refresh(before);
  expect(await keyIds(after)).toEqual(["k1", "k2"]);
  expect(await keys.refresh(before)).toBe(after);
  expect(answer.fetches).toBe(2);
});

test("an unknown kid while the issuer is down is our failure, tried a few times, then once a second", async () => {
  const { keys, answer, advance } = harness();
  const seen = await keys.current();
  answer.keys = undefined;
  for (let token = 0; token < 50; token++)
    await expectInternalError(keys.refresh(seen), "keys_unreachable", MESSAGE);
  expect(answer.fetches).toBe(5);
  answer.keys = [first, second];
  advance(1_000);
  expect(await keyIds(await keys.refresh(seen))).toEqual(["k1", "k2"]);
});

test("a fetch that froze with the Lambda is not waited for", async () => {
  const { now, advance } = clock();
  let fetches = 0;
  const fetch = () => (fetches++ === 0 ? new Promise<JWK[]>(() => undefined) : Promise.resolve([first]));
  const keys = issuerKeys({ issuer: "main", fetch, stale: MINUTE, now });
  void keys.current();
  advance(KEYS_DEADLINE);
  expect(await keyIds(await keys.current())).toEqual(["k1"]);
});

test("keys say that they are stale once they are past their time and the issuer did not answer, until it does", async () => {
  const { keys, answer, advance } = harness();
  expect(keys.areStale()).toBe(false);
  await keys.current();
  answer.keys = undefined;
  advance(9 * MINUTE);
  await keys.refresh(await keys.current()).catch(() => undefined);
  expect(keys.areStale()).toBe(false);
  advance(11 * MINUTE);
  await keys.current();
  expect(keys.areStale()).toBe(true);
  answer.keys = [first];
  advance(MINUTE);
  await keys.current();
  expect(keys.areStale()).toBe(false);
});

test("persisted keys serve where none are cached and the issuer does not answer, as old as they are", async () => {
  const { now, advance } = clock();
  const answer: { keys: JWK[] | undefined } = { keys: undefined };
  const fetch = async () => answer.keys ?? Promise.reject(new Error("down"));
  let reads = 0;
  const fetchedAt = now() - 30 * MINUTE;
  const persisted = async () => {
    reads++;
    return { keys: [first], fetchedAt };
  };
  const keys = issuerKeys({ issuer: "main", fetch, persisted, stale: 60 * MINUTE, now });
  const rescued = await keys.current();
  expect(await keys.current()).toBe(rescued);
  expect(reads).toBe(1);
  advance(1 * MINUTE);
  answer.keys = [second];
  expect(await keyIds(rescued)).toEqual(["k1"]);
  expect(await keyIds(await keys.current())).toEqual(["k2"]);
  answer.keys = undefined;
  advance(61 * MINUTE);
  await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
  expect(reads).toBe(2);
});

test.each([
  ["are too old", async () => ({ keys: [first], fetchedAt: clock().now() - 60 * MINUTE })],
  ["are none", async () => undefined],
  ["cannot be read", () => Promise.reject(new Error("down too"))],
])("persisted keys that %s are not used", async (_, persisted) => {
  const fetch = () => Promise.reject(new Error("down"));
  const keys = issuerKeys({ issuer: "main", fetch, persisted, stale: 60 * MINUTE, now: clock().now });
  await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
});

test("persisted keys are not read while the issuer answers, nor for a key that is missing", async () => {
  let reads = 0;
  const answer: { down: boolean } = { down: false };
  const { now, advance } = clock();
  const keys = issuerKeys({
    issuer: "main",
    fetch: async () => (answer.down ? Promise.reject(new Error("down")) : [first]),
    persisted: async () => {
      reads++;
      return { keys: [second], fetchedAt: now() };
    },
    stale: 60 * MINUTE,
    now,
  });
  const known = await keys.current();
  answer.down = true;
  advance(MINUTE);
  await expectInternalError(keys.refresh(known), "keys_unreachable", MESSAGE);
  expect(reads).toBe(0);
});

test("a persisted item counts for the very issuer it was fetched of, with usable keys alone", () => {
  const issuer = { name: issuerName("main"), url: "https://id.example.com" };
  const item = persistedJwksItem(issuer, { keys: [first], fetchedAt: 5_000 }, "tests");
  expect(readPersistedJwks(item, issuer)).toEqual({ keys: [first], fetchedAt: 5_000 });
  for (const changes of [
    { v: 2 },
    { url: "https://other.example.com" },
    { keys: "[]" },
    { keys: "{" },
    { keys: '[{"kty":"oct","k":"AAAA"}]' },
    { at: "now" },
  ])
    expect(readPersistedJwks({ ...item, ...changes }, issuer)).toBeUndefined();
  expect(readPersistedJwks(undefined, issuer)).toBeUndefined();
});
