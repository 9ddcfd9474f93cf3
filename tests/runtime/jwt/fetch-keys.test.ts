import { generateKeyPairSync } from "node:crypto";
import type { JWK } from "jose";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { fetchKeys } from "../../../runtime/jwt/fetch-keys.ts";
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
const fetched = (changes: Partial<IssuerConfig> = {}, local = true) =>
  fetchKeys(issuer(changes), jsonGetter(), local);

test("keys are found by discovery", async () => {
  expect(await fetched()).toEqual([signer.jwk]);
  expect(server.requests).toEqual([DISCOVERY, "/jwks"]);
});

test("an explicit jwksUri needs no discovery", async () => {
  expect(await fetched({ jwksUri: `${server.url}/jwks` })).toEqual([signer.jwk]);
  expect(server.requests).toEqual(["/jwks"]);
});

test("an issuer's last slash is not doubled, and still belongs to its name", async () => {
  await expect(fetched({ url: `${server.url}/` })).rejects.toMatchObject({ code: "other_issuer" });
  expect(server.requests).toEqual([DISCOVERY]);
});

test("a discovery document of another issuer is refused", async () => {
  server.answers.set(DISCOVERY, (_, response) =>
    json(response, { issuer: "https://evil.example.com", jwks_uri: `${server.url}/jwks` }),
  );
  await expect(fetched()).rejects.toMatchObject({
    code: "other_issuer",
    message: "The discovery document names another issuer",
  });
  expect(server.keyFetches).toBe(0);
});

test("outside the local stack discovery cannot lead to loopback or http", async () => {
  const get = async () => ({ issuer: "https://id.example.com", jwks_uri: `${server.url}/jwks` });
  await expect(fetchKeys(issuer({ url: "https://id.example.com" }), get, false)).rejects.toMatchObject({
    code: "jwks_uri_refused",
    message: "The discovery document's jwks_uri is not an https URL of a public host",
  });
});

test.each([
  ["a text", "keys"],
  ["a list", []],
  ["null", null],
  ["keys that are no list", { keys: {} }],
])("a key set that is %s is refused", async (_, body) => {
  server.answers.set("/jwks", (_request, response) => json(response, body));
  await expect(fetched()).rejects.toMatchObject({
    code: "no_keys",
    message: "The key set has no list of keys",
  });
});

test("keys that are weak, private, symmetric, for encryption or no objects are as good as absent", async () => {
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
  expect(await fetched()).toEqual([signer.jwk]);
  server.keys = bad as JWK[];
  await expect(fetched()).rejects.toMatchObject({
    code: "no_usable_key",
    message: expect.stringContaining("no key that signatures"),
  });
});

test.each(["ES256", "EdDSA"])("%s keys are usable", async (alg) => {
  const other = await makeSigner("k2", alg);
  server.keys = [other.jwk];
  expect(await fetched()).toEqual([other.jwk]);
});
