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
/** No two are the same, so none is remembered as verified. */
const token = (signer: Signer, changes: Record<string, unknown> = {}, kid = signer.kid) =>
  sign(signer, claims(issuer.url, { exp: SECONDS + 7 * 24 * 3_600, jti: `t${serial++}`, ...changes }), {
    kid,
    alg: "ES256",
  });

/** The fixture's issuer signs with RS256 unless told. */
const ES = { algorithms: ["ES256"] };

describe("keys that rotate in the middle of traffic", () => {
  test("refuse nobody: old and new tokens interleaved, in turn and at once", async () => {
    const { ask } = start(ES);
    expect((await ask(await token(older))).status).toBe(200);
    issuer.keys = [newer.jwk, older.jwk];
    for (let round = 0; round < 10; round++) {
      const tokens = await Promise.all([token(older), token(newer), token(older), token(newer)]);
      for (const { status } of await Promise.all(tokens.map(ask))) expect(status).toBe(200);
    }
    expect(issuer.keyFetches).toBe(2);
  });

  test("let the new key in at once, also after tokens with made-up key ids", async () => {
    const { ask } = start(ES);
    for (let junk = 0; junk < 3; junk++)
      expect(await ask(await token(newer, {}, `junk-${junk}`))).toMatchObject({
        status: 401,
        line: { code: "key_unknown" },
      });
    issuer.keys = [newer.jwk, older.jwk];
    expect((await ask(await token(newer))).status).toBe(200);
  });

  test("let the new key in within a second while somebody floods with made-up key ids", async () => {
    const { ask, advance } = start(ES);
    const flood = async () => {
      for (let junk = 0; junk < 50; junk++) await ask(await token(newer, {}, `junk-${serial++}`));
    };
    await flood();
    issuer.keys = [newer.jwk, older.jwk];
    expect((await ask(await token(newer))).status).toBe(401);
    advance(1_000);
    await flood();
    expect((await ask(await token(newer))).status).toBe(200);
    expect((await ask(await token(older))).status).toBe(200);
  });

  test("keep a key that was withdrawn for twenty minutes at the most, for new tokens and verified ones", async () => {
    const { ask, advance } = start(ES);
    const verified = await token(older);
    expect((await ask(verified)).status).toBe(200);
    issuer.keys = [newer.jwk];
    advance(20 * MINUTE);
    for (const one of [verified, await token(older)])
      expect(await ask(one)).toMatchObject({ status: 401, line: { code: "key_unknown" } });
    expect((await ask(await token(newer))).status).toBe(200);
  });

  test("drop a withdrawn key as soon as a new one is met", async () => {
    const { ask } = start(ES);
    const verified = await token(older);
    expect((await ask(verified)).status).toBe(200);
    issuer.keys = [newer.jwk];
    expect((await ask(await token(newer))).status).toBe(200);
    expect((await ask(verified)).status).toBe(401);
  });
});

test("two thousand tokens with key ids of their own are five fetches, and each is a 401", async () => {
  const { ask } = start(ES);
  const flood = await Promise.all(
    Array.from({ length: 2_000 }, (_, index) => token(newer, {}, `junk-${index}`)),
  );
  const statuses = new Set<number>();
  for (const one of flood) statuses.add((await ask(one)).status);
  expect(statuses).toEqual(new Set([401]));
  expect(issuer.keyFetches).toBe(5);
});

describe("an outage of the issuer", () => {
  test("is bridged by known keys for the configured time and no longer, and the line says so", async () => {
    const { ask, advance } = start({ ...ES, keysStaleSeconds: 3_600 });
    expect(await ask(await token(older))).toMatchObject({ status: 200, line: {} });
    issuer.answers.set("/jwks", (_, response) => response.destroy());
    advance(HOUR - 1);
    const bridged = await ask(await token(older));
    expect(bridged).toMatchObject({ status: 200, line: { stale: true, StaleKeys: 1 } });
    expect(bridged.line).not.toHaveProperty("StalePermissions");
    advance(1);
    expect(await ask(await token(older))).toMatchObject({
      status: 500,
      line: { code: "keys_unreachable" },
    });
  });

  test("lets no unknown key in: a 500, for nobody can tell whether it is forged", async () => {
    const { ask, advance } = start(ES);
    expect((await ask(await token(older))).status).toBe(200);
    issuer.answers.set("/jwks", (_, response) => response.destroy());
    advance(HOUR);
    issuer.keys = [newer.jwk, older.jwk];
    expect(await ask(await token(newer))).toMatchObject({ status: 500, line: { code: "keys_unreachable" } });
    expect((await ask(await token(older))).status).toBe(200);
    issuer.answers.clear();
    expect((await ask(await token(newer))).status).toBe(200);
    expect((await ask(await token(older))).line).not.toHaveProperty("stale");
  });

  test("asks the issuer a bounded number of times, whoever calls and with whatever key", async () => {
    const { ask, advance } = start(ES);
    expect((await ask(await token(older))).status).toBe(200);
    issuer.answers.set("/jwks", (_, response) => response.writeHead(503).end());
    advance(HOUR);
    for (let request = 0; request < 200; request++) {
      expect((await ask(await token(older))).status).toBe(200);
      expect((await ask(await token(newer))).status).toBe(500);
    }
    // One for the first, one in the background, the searches for an unknown key.
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
    ["is ahead beyond it", ahead(31), 401, "token_not_yet_valid"],
    ["is behind within it", ended(29), 200, undefined],
    ["is behind beyond it", ended(30), 401, "token_expired"],
    ["is right", { nbf: SECONDS, iat: SECONDS }, 200, undefined],
  ])("%s", async (_, times, status, code) => {
    const { ask } = start(ES);
    const seen = await ask(await token(older, times));
    expect([seen.status, seen.line["code"]]).toEqual([status, code]);
  });

  test("is held to a tolerance of none where none is set", async () => {
    const { ask } = start({ ...ES, clockToleranceSeconds: 0 });
    expect((await ask(await token(older, ahead(0)))).status).toBe(200);
    expect((await ask(await token(older, ahead(1)))).line["code"]).toBe("token_not_yet_valid");
    expect((await ask(await token(older, ended(0)))).line["code"]).toBe("token_expired");
  });
});
