import type { ServerResponse } from "node:http";
import type { JWK } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FakeIssuer, json, makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { startTable } from "../support/fake-table.ts";
import { claims, ITEMS } from "../support/fixtures.ts";
import { harness } from "./support/authorizer.ts";

const DISCOVERY = "/.well-known/openid-configuration";
/** Long enough for a response on loopback, and short enough to wait for one that never arrives. */
const GET_TIMEOUT = 1_000;
let signer: Signer;
let issuer: FakeIssuer;
let table: Awaited<ReturnType<typeof startTable>>;
let started: ReturnType<typeof harness>;
let token: string;

beforeAll(async () => {
  [signer, table] = await Promise.all([makeSigner("k1"), startTable(ITEMS)]);
});
afterAll(() => table.stop());
beforeEach(async () => {
  issuer = await FakeIssuer.start(signer);
  started = harness({ issuerUrl: issuer.url, tableEndpoint: table.endpoint, getTimeout: GET_TIMEOUT });
  token = await sign(signer, claims(issuer.url));
});
afterEach(async () => {
  started.close();
  await issuer.stop();
});

type Respond = (response: ServerResponse) => void;

/** Writes pieces until the client disconnects. */
function writeRepeatedly(response: ServerResponse, piece: string, pause: number): void {
  const timer = setInterval(() => response.write(piece), pause);
  response.on("close", () => clearInterval(timer));
}

const redirect =
  (status: number): Respond =>
  (response) =>
    void response.writeHead(status, { location: "/elsewhere" }).end();
const respondWith =
  (body: unknown): Respond =>
  (response) =>
    json(response, body);

const FAULTS: readonly (readonly [what: string, respond: Respond, cause: string])[] = [
  ["fails with 500", (response) => void response.writeHead(500).end(), "status_500"],
  ["fails with 429", (response) => void response.writeHead(429).end(), "status_429"],
  ...[301, 302, 303, 307, 308].map(
    (status) => [`redirects with ${status}`, redirect(status), `status_${status}`] as const,
  ),
  ["returns HTML", (response) => void response.end("<html>Sign in</html>"), "not_json"],
  ["returns incomplete JSON", (response) => void response.end('{"keys":['), "not_json"],
  ["returns an endless body", (response) => writeRepeatedly(response, "x".repeat(5_000), 1), "too_large"],
  ["accepts the connection and never responds", () => undefined, "TimeoutError"],
  ["returns headers without a body", (response) => response.flushHeaders(), "TimeoutError"],
  ["returns one byte at a time", (response) => writeRepeatedly(response, " ", 20), "TimeoutError"],
  ["closes the connection", (response) => response.destroy(), "ECONNRESET"],
  [
    "closes the connection inside the response",
    (response) => response.writeHead(200).write("{", () => response.destroy()),
    "ECONNRESET",
  ],
];

describe.each(["/jwks", DISCOVERY])("an issuer that at %s", (path) => {
  test.each(FAULTS)(
    "%s causes a 500, not a denial, and the next request after the fault works",
    async (_, respond, cause) => {
      issuer.answers.set(path, (_request, response) => respond(response));
      const { status, line } = await started.send(token);
      expect(status).toBe(500);
      expect(line).toMatchObject({ level: "error", code: "keys_unreachable", cause });
      expect(issuer.requests.filter((requested) => requested !== DISCOVERY && requested !== "/jwks")).toEqual(
        [],
      );
      issuer.answers.clear();
      expect((await started.send(token)).status).toBe(200);
    },
  );
});

test.each([
  ["no key", { keys: [] }, "no_usable_key"],
  ["keys of unknown types alone", { keys: [{ kty: "LATTICE", kid: "k1" }] }, "no_usable_key"],
  ["a secret", { keys: [{ kty: "oct", k: "c2VjcmV0", kid: "k1", alg: "HS256" }] }, "no_usable_key"],
  ["no list", { keys: null }, "no_keys"],
])("an issuer whose key set has %s causes a 500", async (_, body, cause) => {
  issuer.answers.set("/jwks", (_request, response) => respondWith(body)(response));
  expect(await started.send(token)).toMatchObject({ status: 500, line: { code: "keys_unreachable", cause } });
  issuer.answers.clear();
  expect((await started.send(token)).status).toBe(200);
});

test("an issuer whose port is closed causes a 500", async () => {
  await issuer.stop();
  const { status, line } = await started.send(token);
  expect(status).toBe(500);
  expect(line).toMatchObject({ code: "keys_unreachable", cause: "ECONNREFUSED" });
  issuer = await FakeIssuer.start(signer);
});

test("a slow issuer that responds before the timeout is used", async () => {
  issuer.answers.set("/jwks", (_, response) => {
    setTimeout(() => json(response, { keys: [signer.jwk] }), GET_TIMEOUT / 4);
  });
  expect((await started.send(token)).status).toBe(200);
});

test.each(["text/html", "text/plain", "application/jwk-set+json", "binary/octet-stream", undefined])(
  "a key set of content type %s is accepted",
  async (type) => {
    issuer.answers.set("/jwks", (_, response) =>
      response
        .writeHead(200, type === undefined ? {} : { "content-type": type })
        .end(JSON.stringify({ keys: [signer.jwk] })),
    );
    expect((await started.send(token)).status).toBe(200);
  },
);

const BAD: readonly (readonly [string, (good: JWK) => unknown])[] = [
  ["of an unknown type", () => ({ kty: "LATTICE", kid: "k1", alg: "RS256" })],
  ["without a type", () => ({ kid: "k1" })],
  ["without a modulus", () => ({ kty: "RSA", kid: "k1" })],
  ["with an invalid modulus", (good) => ({ ...good, n: "%%%" })],
  ["with an invalid exponent", (good) => ({ ...good, e: "" })],
  ["on an unknown curve", () => ({ kty: "EC", crv: "P-0", x: "AA", y: "AA", kid: "k1" })],
  [
    "with a point that is not on its curve",
    () => ({ kty: "EC", crv: "P-256", x: "AA", y: "AA", kid: "k1", alg: "ES256" }),
  ],
  ["with operations that are not a list", (good) => ({ ...good, kid: "k2", key_ops: "verify" })],
  ["with an id that is not a string", (good) => ({ ...good, kid: 7 })],
  ["that is private", (good) => ({ ...good, d: "AQAB" })],
  ["for encryption", (good) => ({ ...good, use: "enc" })],
  ["that is a string", () => "key"],
  ["that is null", () => null],
  ["that is a list", () => []],
];

test.each(BAD)("one invalid key, %s, does not affect a valid key of the same set", async (_, bad) => {
  issuer.keys = [bad(signer.jwk) as JWK, signer.jwk];
  expect((await started.send(token)).status).toBe(200);
});

test("a hundred concurrent requests cause one fetch", async () => {
  const seen = await Promise.all(Array.from({ length: 100 }, () => started.send(token)));
  expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200]));
  expect(issuer.requests).toEqual([DISCOVERY, "/jwks"]);
});

test("a hundred concurrent requests at an issuer that fails cause one fetch, and each gets a 500", async () => {
  issuer.answers.set("/jwks", (_, response) => response.writeHead(500).end());
  const seen = await Promise.all(Array.from({ length: 100 }, () => started.send(token)));
  expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([500]));
  expect(issuer.keyFetches).toBe(1);
});
