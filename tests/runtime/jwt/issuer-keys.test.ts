import { setTimeout as sleep } from "node:timers/promises";
import type { JWK } from "jose";
import { beforeAll, expect, test } from "vitest";
import { issuerName } from "../../../core/model/ids.ts";
import type { GetJson } from "../../../runtime/jwt/https-getter.ts";
import { hostGuard, publicGetter } from "../../../runtime/jwt/issuer-hosts.ts";
import { type IssuerKeys, issuerKeys, KEYS_DEADLINE, type KeySet } from "../../../runtime/jwt/issuer-keys.ts";
import { keySets } from "../../../runtime/jwt/key-sets.ts";
import { persistedJwksItem, readPersistedJwks } from "../../../runtime/jwt/persisted-keys.ts";
import { trustConfig } from "../../support/configuration.ts";
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

/** Creates the keys of an issuer that responds with `server.keys`, or not at all if they are undefined. */
function harness(stale = 60 * MINUTE) {
  const { now, advance } = clock();
  const server: { keys: JWK[] | undefined; fetches: number } = { keys: [first], fetches: 0 };
  const fetch = async () => {
    server.fetches++;
    if (server.keys === undefined) throw new Error("down");
    return server.keys;
  };
  return { keys: issuerKeys({ issuer: "main", fetch, stale, now }), server, advance };
}

/** Returns which of the two keys a set finds. */
async function keyIds({ find }: KeySet): Promise<string[]> {
  const found: string[] = [];
  for (const kid of ["k1", "k2"])
    await find({ alg: "ES256", kid }).then(
      () => found.push(kid),
      () => undefined,
    );
  return found;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** Creates a promise that the test settles. */
function deferred(): Deferred<JWK[]> {
  let settle: Omit<Deferred<JWK[]>, "promise"> | undefined;
  const promise = new Promise<JWK[]>((resolve, reject) => {
    settle = { resolve, reject };
  });
  if (settle === undefined) throw new Error("The promise has no resolvers");
  return Object.assign(settle, { promise });
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const MESSAGE = "The keys of issuer main cannot be fetched";

test("keys are fetched once, even for concurrent requests", async () => {
  const { keys, server } = harness();
  const [one, two] = await Promise.all([keys.current(), keys.current()]);
  expect(one).toBe(two);
  expect(await keys.current()).toBe(one);
  expect(server.fetches).toBe(1);
});

test("after ten minutes keys are fetched in the background, and the request does not wait", async () => {
  const { keys, server, advance } = harness();
  const before = await keys.current();
  server.keys = [second];
  advance(10 * MINUTE);
  expect(await keys.current()).toBe(before);
  await settled();
  const after = await keys.current();
  expect(await keyIds(after)).toEqual(["k2"]);
  expect(server.fetches).toBe(2);
});

test("after twenty minutes the request waits, so that a Lambda that freezes too early gets new keys", async () => {
  const { keys, server, advance } = harness();
  await keys.current();
  server.keys = [second];
  advance(20 * MINUTE);
  expect(await keyIds(await keys.current())).toEqual(["k2"]);
});

test("unchanged keys keep the same set, with its imported keys", async () => {
  const { keys, advance, server } = harness();
  const before = await keys.current();
  advance(20 * MINUTE);
  expect(await keys.current()).toBe(before);
  expect(server.fetches).toBe(2);
});

test("cached keys stay usable in an outage up to the limit, and not every request fetches", async () => {
  const { keys, server, advance } = harness();
  const before = await keys.current();
  server.keys = undefined;
  advance(30 * MINUTE);
  for (let request = 0; request < 10; request++) expect(await keys.current()).toBe(before);
  expect(server.fetches).toBe(2);
  advance(30 * MINUTE);
  await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
});

test("a stale limit below ten minutes does not affect fresh keys", async () => {
  const { keys, server, advance } = harness(0);
  await keys.current();
  advance(10 * MINUTE - 1);
  await keys.current();
  expect(server.fetches).toBe(1);
  server.keys = undefined;
  advance(1);
  await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
});

test("without keys an outage is an error, and the first request after it works", async () => {
  const { keys, server } = harness();
  server.keys = undefined;
  await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
  server.keys = [first];
  expect(await keyIds(await keys.current())).toEqual(["k1"]);
});

test("without keys a flood of requests in an outage causes a few fetches, then one a second, also at its end", async () => {
  const { keys, server, advance } = harness();
  server.keys = undefined;
  for (let request = 0; request < 100; request++)
    await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
  expect(server.fetches).toBe(5);
  server.keys = [first];
  await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
  advance(1_000);
  expect(await keyIds(await keys.current())).toEqual(["k1"]);
  expect(server.fetches).toBe(6);
});

async function searchUnknownKeys(keys: IssuerKeys, times: number) {
  const seen = await keys.current();
  for (let token = 0; token < times; token++) await keys.refresh(seen);
}

test("a flood of unknown kids causes a few fetches at once, then one a second", async () => {
  const { keys, server, advance } = harness();
  await searchUnknownKeys(keys, 100);
  expect(server.fetches).toBe(5);
  for (let second = 0; second < 60; second++) {
    advance(1_000);
    await searchUnknownKeys(keys, 100);
  }
  expect(server.fetches).toBe(65);
  advance(10 * MINUTE - 1);
  await searchUnknownKeys(keys, 100);
  expect(server.fetches).toBe(70);
});

test("a new key is found at once, whatever was searched for before, and within a second during a flood", async () => {
  const { keys, server, advance } = harness();
  await searchUnknownKeys(keys, 1);
  server.keys = [first, second];
  const rotated = await keys.refresh(await keys.current());
  expect(await keyIds(rotated)).toEqual(["k1", "k2"]);
  await searchUnknownKeys(keys, 1_000);
  server.keys = [second];
  expect(await keys.refresh(rotated)).toBe(rotated);
  advance(1_000);
  expect(await keyIds(await keys.refresh(rotated))).toEqual(["k2"]);
});

test("keys that were fetched meanwhile are used without another fetch", async () => {
  const { keys, server } = harness();
  const before = await keys.current();
  server.keys = [first, second];
  const after = await keys.refresh(before);
  expect(await keyIds(after)).toEqual(["k1", "k2"]);
  expect(await keys.refresh(before)).toBe(after);
  expect(server.fetches).toBe(2);
});

test("an unknown kid while the issuer is down is an internal error, with a few fetches, then one a second", async () => {
  const { keys, server, advance } = harness();
  const seen = await keys.current();
  server.keys = undefined;
  for (let token = 0; token < 50; token++)
    await expectInternalError(keys.refresh(seen), "keys_unreachable", MESSAGE);
  expect(server.fetches).toBe(5);
  server.keys = [first, second];
  advance(1_000);
  expect(await keyIds(await keys.refresh(seen))).toEqual(["k1", "k2"]);
});

test("no request waits for a fetch that froze with the Lambda", async () => {
  const { now, advance } = clock();
  let fetches = 0;
  const fetch = () => (fetches++ === 0 ? new Promise<JWK[]>(() => undefined) : Promise.resolve([first]));
  const keys = issuerKeys({ issuer: "main", fetch, stale: MINUTE, now });
  void keys.current();
  advance(KEYS_DEADLINE);
  expect(await keyIds(await keys.current())).toEqual(["k1"]);
});

test.each([
  ["finds older keys", (end: Deferred<JWK[]>) => end.resolve([first])],
  ["fails", (end: Deferred<JWK[]>) => end.reject(new Error("down"))],
])("a fetch that froze for an hour and then %s changes nothing", async (_, thaw) => {
  const { now, advance } = clock();
  const frozen = deferred();
  let fetches = 0;
  const fetch = () => (fetches++ === 0 ? frozen.promise : Promise.resolve([second]));
  const keys = issuerKeys({ issuer: "main", fetch, stale: 24 * 60 * MINUTE, now });
  const waiting = keys.current();
  advance(60 * MINUTE);
  const later = await keys.current();
  thaw(frozen);
  expect(await waiting).toBe(later);
  expect(await keys.current()).toBe(later);
  expect(await keyIds(await keys.current())).toEqual(["k2"]);
  expect(keys.areStale()).toBe(false);
  expect(fetches).toBe(2);
});

test("keys are stale from the age for a refresh on if the issuer does not respond, until it does", async () => {
  const { keys, server, advance } = harness();
  expect(keys.areStale()).toBe(false);
  await keys.current();
  server.keys = undefined;
  advance(9 * MINUTE);
  await keys.refresh(await keys.current()).catch(() => undefined);
  expect(keys.areStale()).toBe(false);
  advance(11 * MINUTE);
  await keys.current();
  expect(keys.areStale()).toBe(true);
  server.keys = [first];
  advance(MINUTE);
  await keys.current();
  expect(keys.areStale()).toBe(false);
});

test("persisted keys are used if none are cached and the issuer does not respond, and age from when they were fetched", async () => {
  const { now, advance } = clock();
  const server: { keys: JWK[] | undefined } = { keys: undefined };
  const fetch = async () => server.keys ?? Promise.reject(new Error("down"));
  let reads = 0;
  const fetchedAt = now() - 30 * MINUTE;
  const persisted = async () => {
    reads++;
    return { keys: [first], fetchedAt };
  };
  const keys = issuerKeys({ issuer: "main", fetch, persisted, stale: 60 * MINUTE, now });
  const persistedSet = await keys.current();
  expect(await keys.current()).toBe(persistedSet);
  expect(reads).toBe(1);
  advance(1 * MINUTE);
  server.keys = [second];
  expect(await keyIds(persistedSet)).toEqual(["k1"]);
  expect(await keyIds(await keys.current())).toEqual(["k2"]);
  server.keys = undefined;
  advance(61 * MINUTE);
  await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
  expect(reads).toBe(2);
});

test.each([
  ["are too old", async () => ({ keys: [first], fetchedAt: clock().now() - 60 * MINUTE })],
  ["are absent", async () => undefined],
  ["cannot be read", () => Promise.reject(new Error("down too"))],
])("persisted keys that %s are not used", async (_, persisted) => {
  const fetch = () => Promise.reject(new Error("down"));
  const keys = issuerKeys({ issuer: "main", fetch, persisted, stale: 60 * MINUTE, now: clock().now });
  await expectInternalError(keys.current(), "keys_unreachable", MESSAGE);
});

test.each([
  ["host_not_listed", () => hostGuard([], async () => ({}))("https://id.example.com/jwks")],
  ["address_not_public", () => publicGetter()("http://localhost:1/jwks")],
])("persisted keys do not replace keys whose fetch was rejected with %s", async (code, get) => {
  const keys = issuerKeys({
    issuer: "main",
    fetch: async () => (await get()) as JWK[],
    persisted: async () => ({ keys: [first], fetchedAt: clock().now() }),
    stale: 60 * MINUTE,
    now: clock().now,
  });
  await expect(keys.current()).rejects.toMatchObject({ code: "keys_unreachable", cause: { code } });
});

test("persisted keys are read neither while the issuer responds nor for an unknown kid", async () => {
  let reads = 0;
  const server: { down: boolean } = { down: false };
  const { now, advance } = clock();
  const keys = issuerKeys({
    issuer: "main",
    fetch: async () => (server.down ? Promise.reject(new Error("down")) : [first]),
    persisted: async () => {
      reads++;
      return { keys: [second], fetchedAt: now() };
    },
    stale: 60 * MINUTE,
    now,
  });
  const seen = await keys.current();
  server.down = true;
  advance(MINUTE);
  await expectInternalError(keys.refresh(seen), "keys_unreachable", MESSAGE);
  expect(reads).toBe(0);
});

test("a persisted item is used only for the issuer that it was fetched from, and only its usable keys", () => {
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

test("an issuer may take as long as the configuration says, and no longer", async () => {
  const slow: GetJson = async (_, signal) => {
    await sleep(1_300, undefined, { signal });
    return { keys: [first] };
  };
  const keysWithin = (keysTimeoutSeconds: number) => {
    const trust = trustConfig({ keysTimeoutSeconds, issuers: [{ jwksUri: "https://id.example.com/keys" }] });
    return [...keySets(trust, () => slow, Date.now, null).values()][0]?.current();
  };
  const [late, inTime] = await Promise.allSettled([keysWithin(1), keysWithin(8)]);
  expect(late).toMatchObject({ status: "rejected", reason: { code: "keys_unreachable" } });
  expect(inTime).toMatchObject({ status: "fulfilled" });
});
