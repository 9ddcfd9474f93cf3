import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FakeIssuer, makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { startTable } from "../support/fake-table.ts";
import { claims, ITEMS, SECONDS } from "../support/fixtures.ts";
import { harness } from "./support/authorizer.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let older: Signer;
let newer: Signer;
let issuer: FakeIssuer;
let table: Awaited<ReturnType<typeof startTable>>;
let started: ReturnType<typeof harness>;

beforeAll(async () => {
  [older, newer, table] = await Promise.all([
    makeSigner("old", "ES256"),
    makeSigner("new", "ES256"),
    startTable(ITEMS),
  ]);
});
afterAll(() => table.stop());
beforeEach(async () => {
  issuer = await FakeIssuer.start(older);
});
afterEach(async () => {
  started.close();
  await issuer.stop();
});

const start = (changes: Partial<Parameters<typeof harness>[0]> = {}) => {
  started = harness({ issuerUrl: issuer.url, tableEndpoint: table.endpoint, ...changes });
  return started;
};
let serial = 0;
/** Signs a token that differs from all others, so that none is cached as verified. */
const token = (signer: Signer, changes: Record<string, unknown> = {}, kid = signer.kid) =>
  sign(signer, claims(issuer.url, { exp: SECONDS + 7 * 24 * 3_600, jti: `t${serial++}`, ...changes }), {
    kid,
    alg: "ES256",
  });

/** The fixture's issuer signs with RS256 by default. */
const ES = { algorithms: ["ES256"] };

describe("keys that rotate during traffic", () => {
  test("cause no denial for old and new tokens, sequential and concurrent", async () => {
    const { send } = start(ES);
    expect((await send(await token(older))).status).toBe(200);
    issuer.keys = [newer.jwk, older.jwk];
    for (let round = 0; round < 10; round++) {
      const tokens = await Promise.all([token(older), token(newer), token(older), token(newer)]);
      for (const { status } of await Promise.all(tokens.map(send))) expect(status).toBe(200);
    }
    expect(issuer.keyFetches).toBe(2);
  });

  test("include the new key at once, also after tokens with invented key ids", async () => {
    const { send } = start(ES);
    for (let junk = 0; junk < 3; junk++)
      expect(await send(await token(newer, {}, `junk-${junk}`))).toMatchObject({
        status: 401,
        line: { code: "key_unknown" },
      });
    issuer.keys = [newer.jwk, older.jwk];
    expect((await send(await token(newer))).status).toBe(200);
  });

  test("include the new key within a second during a flood of invented key ids", async () => {
    const { send, advance } = start(ES);
    const flood = async () => {
      for (let junk = 0; junk < 50; junk++) await send(await token(newer, {}, `junk-${serial++}`));
    };
    await flood();
    issuer.keys = [newer.jwk, older.jwk];
    expect((await send(await token(newer))).status).toBe(401);
    advance(1_000);
    await flood();
    expect((await send(await token(newer))).status).toBe(200);
    expect((await send(await token(older))).status).toBe(200);
  });

  test("include a withdrawn key for at most twenty minutes, for new and for verified tokens", async () => {
    const { send, advance } = start(ES);
    const verified = await token(older);
    expect((await send(verified)).status).toBe(200);
    issuer.keys = [newer.jwk];
    advance(20 * MINUTE);
    for (const one of [verified, await token(older)])
      expect(await send(one)).toMatchObject({ status: 401, line: { code: "key_unknown" } });
    expect((await send(await token(newer))).status).toBe(200);
  });

  test("drop a withdrawn key as soon as a token has a new one", async () => {
    const { send } = start(ES);
    const verified = await token(older);
    expect((await send(verified)).status).toBe(200);
    issuer.keys = [newer.jwk];
    expect((await send(await token(newer))).status).toBe(200);
    expect((await send(verified)).status).toBe(401);
  });
});

test("two thousand tokens with different key ids cause five fetches, and each gets a 401", async () => {
  const { send } = start(ES);
  const flood = await Promise.all(
    Array.from({ length: 2_000 }, (_, index) => token(newer, {}, `junk-${index}`)),
  );
  const statuses = new Set<number>();
  for (const one of flood) statuses.add((await send(one)).status);
  expect(statuses).toEqual(new Set([401]));
  expect(issuer.keyFetches).toBe(5);
});

describe("an outage of the issuer", () => {
  test("is bridged by cached keys for the configured time and no longer, and the log line reports it", async () => {
    const { send, advance } = start({ ...ES, trust: { keysStaleSeconds: 3_600 } });
    expect(await send(await token(older))).toMatchObject({ status: 200, line: {} });
    issuer.answers.set("/jwks", (_, response) => response.destroy());
    advance(HOUR - 1);
    const bridged = await send(await token(older));
    expect(bridged).toMatchObject({ status: 200, line: { stale: true, StaleKeys: 1 } });
    expect(bridged.line).not.toHaveProperty("StalePermissions");
    advance(1);
    expect(await send(await token(older))).toMatchObject({
      status: 500,
      line: { code: "keys_unreachable" },
    });
  });

  test("causes a 500 for an unknown key, because the key may be valid", async () => {
    const { send, advance } = start(ES);
    expect((await send(await token(older))).status).toBe(200);
    issuer.answers.set("/jwks", (_, response) => response.destroy());
    advance(HOUR);
    issuer.keys = [newer.jwk, older.jwk];
    expect(await send(await token(newer))).toMatchObject({ status: 500, line: { code: "keys_unreachable" } });
    expect((await send(await token(older))).status).toBe(200);
    issuer.answers.clear();
    expect((await send(await token(newer))).status).toBe(200);
    expect((await send(await token(older))).line).not.toHaveProperty("stale");
  });

  test("causes a bounded number of requests to the issuer, for any caller and any key", async () => {
    const { send, advance } = start(ES);
    expect((await send(await token(older))).status).toBe(200);
    issuer.answers.set("/jwks", (_, response) => response.writeHead(503).end());
    advance(HOUR);
    for (let request = 0; request < 200; request++) {
      expect((await send(await token(older))).status).toBe(200);
      expect((await send(await token(newer))).status).toBe(500);
    }
    // The first fetch, one in the background, and the searches for an unknown key.
    expect(issuer.keyFetches).toBe(1 + 1 + 5);
  });
});

describe("an issuer whose clock", () => {
  const ahead = (seconds: number) => ({
    nbf: SECONDS + seconds,
    iat: SECONDS + seconds,
    exp: SECONDS + 600 + seconds,
  });
  const ended = (seconds: number) => ({ iat: SECONDS - 600 - seconds, exp: SECONDS - seconds });

  test.each([
    ["is ahead within the tolerance", ahead(30), 200, undefined],
    ["is ahead by more than the tolerance", ahead(31), 401, "token_not_yet_valid"],
    ["is behind within the tolerance", ended(29), 200, undefined],
    ["is behind by more than the tolerance", ended(30), 401, "token_expired"],
    ["is right", { nbf: SECONDS, iat: SECONDS }, 200, undefined],
  ])("%s", async (_, times, status, code) => {
    const { send } = start(ES);
    const seen = await send(await token(older, times));
    expect([seen.status, seen.line["code"]]).toEqual([status, code]);
  });

  test("must be exact if the tolerance is 0", async () => {
    const { send } = start({ ...ES, trust: { clockToleranceSeconds: 0 } });
    expect((await send(await token(older, ahead(0)))).status).toBe(200);
    expect((await send(await token(older, ahead(1)))).line["code"]).toBe("token_not_yet_valid");
    expect((await send(await token(older, ended(0)))).line["code"]).toBe("token_expired");
  });
});
