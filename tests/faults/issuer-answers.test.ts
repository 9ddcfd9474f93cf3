import type { ServerResponse } from "node:http";
import type { JWK } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FakeIssuer, json, makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { startTable } from "../support/fake-table.ts";
import { claims, ITEMS } from "../support/fixtures.ts";
import { harness } from "./support/authorizer.ts";

const DISCOVERY = "/.well-known/openid-configuration";
/** Long enough for an answer on loopback, and not long to wait for one that never comes. */
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

type Answer = (response: ServerResponse) => void;

/** Goes on until the client is gone. */
function drip(response: ServerResponse, piece: string, pause: number): void {
  const timer = setInterval(() => response.write(piece), pause);
  response.on("close", () => clearInterval(timer));
}

const redirect =
  (status: number): Answer =>
  (response) =>
    void response.writeHead(status, { location: "/elsewhere" }).end();
const with_ =
  (body: unknown): Answer =>
  (response) =>
    json(response, body);

const FAULTS: readonly (readonly [what: string, answer: Answer, cause: string])[] = [
  ["fails with 500", (response) => void response.writeHead(500).end(), "status_500"],
  ["fails with 429", (response) => void response.writeHead(429).end(), "status_429"],
  ...[301, 302, 303, 307, 308].map(
    (status) => [`redirects with ${status}`, redirect(status), `status_${status}`] as const,
  ),
  ["answers with HTML", (response) => void response.end("<html>Sign in</html>"), "not_json"],
  ["answers with half of its JSON", (response) => void response.end('{"keys":['), "not_json"],
  ["answers without end", (response) => drip(response, "x".repeat(5_000), 1), "too_large"],
  ["accepts and never answers", () => undefined, "TimeoutError"],
  ["answers with headers alone", (response) => response.flushHeaders(), "TimeoutError"],
  ["answers a byte at a time", (response) => drip(response, " ", 20), "TimeoutError"],
  ["closes the connection", (response) => response.destroy(), "ECONNRESET"],
  [
    "closes the connection in its answer",
    (response) => response.writeHead(200).write("{", () => response.destroy()),
    "ECONNRESET",
  ],
];

describe.each(["/jwks", DISCOVERY])("an issuer that at %s", (path) => {
  test.each(FAULTS)(
    "%s is a 500 and no refusal, and the next request after it works",
    async (_, answer, cause) => {
      issuer.answers.set(path, (_request, response) => answer(response));
      const { status, line } = await started.ask(token);
      expect(status).toBe(500);
      expect(line).toMatchObject({ level: "error", code: "keys_unreachable", cause });
      expect(issuer.requests.filter((asked) => asked !== DISCOVERY && asked !== "/jwks")).toEqual([]);
      issuer.answers.clear();
      expect((await started.ask(token)).status).toBe(200);
    },
  );
});

test.each([
  ["no key", { keys: [] }, "no_usable_key"],
  ["keys of unknown types alone", { keys: [{ kty: "LATTICE", kid: "k1" }] }, "no_usable_key"],
  ["a secret", { keys: [{ kty: "oct", k: "c2VjcmV0", kid: "k1", alg: "HS256" }] }, "no_usable_key"],
  ["no list", { keys: null }, "no_keys"],
])("an issuer whose key set has %s is a 500", async (_, body, cause) => {
  issuer.answers.set("/jwks", (_request, response) => with_(body)(response));
  expect(await started.ask(token)).toMatchObject({ status: 500, line: { code: "keys_unreachable", cause } });
  issuer.answers.clear();
  expect((await started.ask(token)).status).toBe(200);
});

test("an issuer that nobody listens for is a 500", async () => {
  await issuer.stop();
  const { status, line } = await started.ask(token);
  expect(status).toBe(500);
  expect(line).toMatchObject({ code: "keys_unreachable", cause: "ECONNREFUSED" });
  issuer = await FakeIssuer.start(signer);
});

test("an issuer that is slow, yet in time, is waited for", async () => {
  issuer.answers.set("/jwks", (_, response) => {
    setTimeout(() => json(response, { keys: [signer.jwk] }), GET_TIMEOUT / 4);
  });
  expect((await started.ask(token)).status).toBe(200);
});

test.each(["text/html", "text/plain", "application/jwk-set+json", "binary/octet-stream", undefined])(
  "a key set of content type %s counts, for what it holds",
  async (type) => {
    issuer.answers.set("/jwks", (_, response) =>
      response
        .writeHead(200, type === undefined ? {} : { "content-type": type })
        .end(JSON.stringify({ keys: [signer.jwk] })),
    );
    expect((await started.ask(token)).status).toBe(200);
  },
);

const BAD: readonly (readonly [string, (good: JWK) => unknown])[] = [
  ["of an unknown type", () => ({ kty: "LATTICE", kid: "k1", alg: "RS256" })],
  ["without a type", () => ({ kid: "k1" })],
  ["without a modulus", () => ({ kty: "RSA", kid: "k1" })],
  ["with a modulus that is no number", (good) => ({ ...good, n: "%%%" })],
  ["with an exponent that is none", (good) => ({ ...good, e: "" })],
  ["on a curve that is none", () => ({ kty: "EC", crv: "P-0", x: "AA", y: "AA", kid: "k1" })],
  [
    "with a point off its curve",
    () => ({ kty: "EC", crv: "P-256", x: "AA", y: "AA", kid: "k1", alg: "ES256" }),
  ],
  ["with operations that are no list", (good) => ({ ...good, kid: "k2", key_ops: "verify" })],
  ["with an id that is no text", (good) => ({ ...good, kid: 7 })],
  ["that is private", (good) => ({ ...good, d: "AQAB" })],
  ["for encryption", (good) => ({ ...good, use: "enc" })],
  ["that is a text", () => "key"],
  ["that is null", () => null],
  ["that is a list", () => []],
];

test.each(BAD)("one bad key, %s, does not spoil the good one beside it", async (_, bad) => {
  issuer.keys = [bad(signer.jwk) as JWK, signer.jwk];
  expect((await started.ask(token)).status).toBe(200);
});

test("a hundred requests at once are one fetch", async () => {
  const seen = await Promise.all(Array.from({ length: 100 }, () => started.ask(token)));
  expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200]));
  expect(issuer.requests).toEqual([DISCOVERY, "/jwks"]);
});

test("a hundred requests at once at an issuer that fails are one fetch, and each is a 500", async () => {
  issuer.answers.set("/jwks", (_, response) => response.writeHead(500).end());
  const seen = await Promise.all(Array.from({ length: 100 }, () => started.ask(token)));
  expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([500]));
  expect(issuer.keyFetches).toBe(1);
});
