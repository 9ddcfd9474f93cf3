import { generateKeyPairSync } from "node:crypto";
import type { JWK } from "jose";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { fetchKeys, keyFetcher } from "../../../runtime/jwt/fetch-keys.ts";
import { jsonGetter } from "../../../runtime/jwt/https-getter.ts";
import type { IssuerConfig } from "../../../runtime/jwt/issuer-config.ts";
import { FakeIssuer, json, makeSigner, type Signer } from "../../support/fake-issuer.ts";
import { MAIN } from "../../support/fixtures.ts";

let signer: Signer;
let server: FakeIssuer;
const DISCOVERY = "/.well-known/openid-configuration";

beforeAll(async () => {
  signer = await makeSigner("k1");
  server = await FakeIssuer.start(signer);
});
afterAll(() => server.stop());
beforeEach(() => {
  server.answers.clear();
  server.requests.length = 0;
  server.keys = [signer.jwk];
});

const issuer = (changes: Partial<IssuerConfig> = {}): IssuerConfig => ({
  name: MAIN,
  url: server.url,
  jwksUri: undefined,
  audiences: ["api"],
  algorithms: ["RS256"],
  ...changes,
});
const fetchWith = (changes: Partial<IssuerConfig> = {}, local = true) =>
  fetchKeys(issuer(changes), jsonGetter(), local);

test("keys are found by discovery", async () => {
  expect(await fetchWith()).toEqual([signer.jwk]);
  expect(server.requests).toEqual([DISCOVERY, "/jwks"]);
});

test("if the keys do not respond in time, the next fetch needs no discovery, and the one after it does again", async () => {
  const fetch = keyFetcher(issuer(), jsonGetter(), true, 200);
  server.answers.set("/jwks", () => undefined);
  await expect(fetch()).rejects.toMatchObject({ name: "TimeoutError" });
  server.answers.clear();
  expect(await fetch()).toEqual([signer.jwk]);
  expect(server.requests).toEqual([DISCOVERY, "/jwks", "/jwks"]);
  await fetch();
  expect(server.requests.slice(3)).toEqual([DISCOVERY, "/jwks"]);
});

test("if the keys are not where discovery said, the next fetch asks again", async () => {
  const fetch = keyFetcher(issuer(), jsonGetter(), true, 10_000);
  server.answers.set("/jwks", (_, response) => response.writeHead(404).end());
  await expect(fetch()).rejects.toMatchObject({ code: "status_404" });
  server.answers.clear();
  server.answers.set(DISCOVERY, (_, response) =>
    json(response, { issuer: server.url, jwks_uri: `${server.url}/moved` }),
  );
  server.answers.set("/moved", (_, response) => json(response, { keys: [signer.jwk] }));
  expect(await fetch()).toEqual([signer.jwk]);
});

test("the deadline is that of both documents together", async () => {
  const fetch = keyFetcher(issuer(), jsonGetter({ timeout: 60_000, maxBytes: 1_000 }), true, 300);
  server.answers.set(DISCOVERY, () => undefined);
  await expect(fetch()).rejects.toMatchObject({ name: "TimeoutError" });
});

test("an explicit jwksUri needs no discovery", async () => {
  expect(await fetchWith({ jwksUri: `${server.url}/jwks` })).toEqual([signer.jwk]);
  expect(server.requests).toEqual(["/jwks"]);
});

test("the slash at the end of an issuer's URL is not doubled, and is still part of its name", async () => {
  await expect(fetchWith({ url: `${server.url}/` })).rejects.toMatchObject({ code: "other_issuer" });
  expect(server.requests).toEqual([DISCOVERY]);
});

test("a discovery document of another issuer is rejected", async () => {
  server.answers.set(DISCOVERY, (_, response) =>
    json(response, { issuer: "https://evil.example.com", jwks_uri: `${server.url}/jwks` }),
  );
  await expect(fetchWith()).rejects.toMatchObject({
    code: "other_issuer",
    message: "The discovery document names another issuer",
  });
  expect(server.keyFetches).toBe(0);
});

test("outside the local stack discovery cannot point to loopback or http", async () => {
  const get = async () => ({ issuer: "https://id.example.com", jwks_uri: `${server.url}/jwks` });
  await expect(fetchKeys(issuer({ url: "https://id.example.com" }), get, false)).rejects.toMatchObject({
    code: "jwks_uri_refused",
    message: "The discovery document's jwks_uri is not an https URL of a public host",
  });
});

test.each([
  ["a string", "keys"],
  ["a list", []],
  ["null", null],
  ["an object whose keys are not a list", { keys: {} }],
])("a key set that is %s is rejected", async (_, body) => {
  server.answers.set("/jwks", (_request, response) => json(response, body));
  await expect(fetchWith()).rejects.toMatchObject({
    code: "no_keys",
    message: "The key set has no list of keys",
  });
});

test("keys that are weak, private, symmetric, for encryption or not objects are ignored", async () => {
  const weak = generateKeyPairSync("rsa", { modulusLength: 1_024 }).publicKey.export({
    format: "jwk",
  }) as JWK;
  const almost = generateKeyPairSync("rsa", { modulusLength: 2_047 }).publicKey.export({
    format: "jwk",
  }) as JWK;
  const bad = [
    weak,
    almost,
    { kty: "RSA" },
    { ...signer.jwk, d: "x" },
    { kty: "oct", k: "c2VjcmV0" },
    { ...signer.jwk, use: "enc" },
    "x",
    null,
  ];
  server.keys = [...(bad as JWK[]), signer.jwk];
  expect(await fetchWith()).toEqual([signer.jwk]);
  server.keys = bad as JWK[];
  await expect(fetchWith()).rejects.toMatchObject({
    code: "no_usable_key",
    message: expect.stringContaining("no key that can verify signatures"),
  });
});

test("elliptic keys are usable, and an Ed25519 key with either name of its algorithm", async () => {
  const [elliptic, edwards] = await Promise.all([makeSigner("k2", "ES256"), makeSigner("k3", "EdDSA")]);
  const { alg: _, ...unnamed } = edwards.jwk;
  server.keys = [elliptic.jwk, edwards.jwk, { ...unnamed, alg: "Ed25519" }];
  expect(await fetchWith()).toEqual([elliptic.jwk, unnamed, unnamed]);
});
