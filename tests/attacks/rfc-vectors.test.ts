import { createDecipheriv, createHmac, createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { compactVerify, createLocalJWKSet } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuthenticationErrorCode } from "../../core/model/errors.ts";
import type { Item } from "../../core/model/items.ts";
import { usableKeys } from "../../runtime/jwt/fetch-keys.ts";
import { FakeIssuer } from "../support/fake-issuer.ts";
import { event, issuerFields, ROLE, TENANT } from "../support/fixtures.ts";
import * as rfc from "./support/rfc-vectors.ts";
import { sourceTarget, type Target } from "./support/targets.ts";

const SIGNED = [rfc.RS256, rfc.ES256, rfc.ES512, rfc.EDDSA];
const JWTS = [rfc.RS256, rfc.ES256];
const KEYS = SIGNED.map(({ jwk }) => jwk);

let server: FakeIssuer;
beforeAll(async () => {
  server = await FakeIssuer.start();
  server.keys = KEYS;
});
afterAll(() => server.stop());

const JOE = issuerFields({ sk: "ISSUER#joe", name: "joe", types: [""] });
/** An issuer for whose tokens only `iss` is read. */
const ISS = ["iss"];
const ISS_ALONE: Item = {
  ...JOE,
  audienceClaims: ISS,
  claims: { tenant: ISS, roles: ISS, scopes: ISS, subject: ISS },
};
const TABLE = [ROLE, { ...ROLE, sk: "ROLE#joe", name: "joe" }, { ...TENANT, pk: "TENANT#joe", id: "joe" }];

/** Creates an authorizer that trusts the vectors' issuer and keys, with a clock in 2011 or later. */
function joeTarget(issuer: Item, seconds = rfc.JOE_EXPIRES - 60): Target {
  const joe = {
    url: "joe",
    jwksUri: `${server.url}/jwks`,
    audiences: ["joe"],
    algorithms: ["RS256", "ES256", "ES512", "EdDSA"],
  };
  return sourceTarget({ issuers: { joe }, items: [issuer, ...TABLE] }, { now: () => seconds * 1_000 });
}

async function expectRejected(target: Target, token: string, code: AuthenticationErrorCode): Promise<void> {
  expect(await target.send(event(`Bearer ${token}`))).toMatchObject({ status: 401, code });
}

const decode = (part = "") => Buffer.from(part, "base64url");

describe.each(SIGNED.map((vector) => [vector.section, vector] as const))("%s", (_, vector) => {
  const [header = "", payload = "", signature = ""] = vector.token.split(".");

  test("is identical to the published vector: node:crypto verifies it", () => {
    const hash = vector.alg === "EdDSA" ? null : `sha${vector.alg.slice(2)}`;
    const key = createPublicKey({ key: vector.jwk as JsonWebKey, format: "jwk" });
    const input = Buffer.from(`${header}.${payload}`);
    expect(verify(hash, input, { key, dsaEncoding: "ieee-p1363" }, decode(signature))).toBe(true);
  });

  test("verifies with its own cached key, and with no other key", async () => {
    const keys = usableKeys(KEYS, { url: "https://issuer.example.com" });
    expect(keys).toEqual(KEYS);
    const { payload: verified } = await compactVerify(vector.token, createLocalJWKSet({ keys }));
    expect(Buffer.from(verified)).toEqual(decode(payload));
    const others = createLocalJWKSet({ keys: keys.filter((key) => key !== vector.jwk) });
    await expect(compactVerify(vector.token, others)).rejects.toMatchObject({
      code: "ERR_JWKS_NO_MATCHING_KEY",
    });
  });
});

describe.each(JWTS.map((vector) => [vector.section, vector] as const))("%s, as a token", (_, { token }) => {
  test("has a valid signature and is rejected because it has no audience", async () => {
    await expectRejected(joeTarget(JOE), token, "audience_wrong");
  });

  test("has a valid signature and is rejected because it expired in 2011", async () => {
    await expectRejected(joeTarget(JOE, rfc.JOE_EXPIRES + 30), token, "token_expired");
  });

  test("is allowed by an authorizer of 2011 that reads the whole caller from iss", async () => {
    expect(await joeTarget(ISS_ALONE).send(event(`Bearer ${token}`))).toMatchObject({
      status: 200,
      response: { principalId: "joe", context: { tenantId: "joe", roles: "joe" } },
    });
  });

  test("is rejected for its signature with one bit of header, payload or signature flipped", async () => {
    const target = joeTarget(ISS_ALONE);
    const [header = "", payload = "", signature = ""] = token.split(".");
    const bytes = decode(signature);
    bytes[9] = (bytes[9] ?? 0) ^ 1;
    await expectRejected(
      target,
      [header, payload, bytes.toString("base64url")].join("."),
      "signature_invalid",
    );
    const later = decode(payload).toString().replace("1300819380", "1300819381");
    const edited = Buffer.from(later).toString("base64url");
    await expectRejected(target, [header, edited, signature].join("."), "signature_invalid");
    const spaced = Buffer.from(`${decode(header).toString()} `).toString("base64url");
    await expectRejected(target, [spaced, payload, signature].join("."), "signature_invalid");
  });
});

test.each([rfc.ES512, rfc.EDDSA].map((vector) => [vector.section, vector] as const))(
  "%s has no claims and is rejected",
  async (_, { token }) => {
    await expectRejected(joeTarget(ISS_ALONE), token, "token_malformed");
  },
);

describe("RFC 7515, A.1, and RFC 7519, 3.1: HS256", () => {
  const [header, payload, signature] = rfc.HS256.token.split(".");

  test("is identical to the published vector: node:crypto verifies it", () => {
    const mac = createHmac("sha256", decode(rfc.HS256.secret))
      .update(`${header}.${payload}`)
      .digest("base64url");
    expect(mac).toBe(signature);
  });

  test("is rejected for its algorithm", async () => {
    await expectRejected(joeTarget(ISS_ALONE), rfc.HS256.token, "algorithm_not_allowed");
  });
});

describe("RFC 7515, A.5, and RFC 7519, 6.1: unsecured", () => {
  test("is rejected", async () => {
    await expectRejected(joeTarget(ISS_ALONE), rfc.UNSECURED, "token_malformed");
  });

  test("is rejected for its algorithm, also with a signature", async () => {
    const [, , signature] = rfc.RS256.token.split(".");
    await expectRejected(joeTarget(ISS_ALONE), `${rfc.UNSECURED}${signature}`, "algorithm_not_allowed");
  });
});

test.each([
  ["RFC 7515, A.6", rfc.GENERAL_JSON],
  ["RFC 7515, A.7", rfc.FLATTENED_JSON],
])("%s: a JSON serialization is rejected", async (_, token) => {
  await expectRejected(joeTarget(ISS_ALONE), token, "token_malformed");
  await expectRejected(joeTarget(ISS_ALONE), Buffer.from(token).toString("base64url"), "token_malformed");
});

describe("RFC 7519, A.1 and A.2: encrypted and nested tokens", () => {
  test("A.1 is identical to the published vector: it decrypts to the claims of section 3.1", () => {
    const [header = "", , iv, text, tag] = rfc.ENCRYPTED.token.split(".");
    const { contentKey } = rfc.ENCRYPTED;
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(header.length * 8));
    const authenticated = Buffer.concat([Buffer.from(header), decode(iv), decode(text), length]);
    const mac = createHmac("sha256", contentKey.subarray(0, 16)).update(authenticated).digest();
    expect(mac.subarray(0, 16)).toEqual(decode(tag));
    const decipher = createDecipheriv("aes-128-cbc", contentKey.subarray(16), decode(iv));
    const claims = Buffer.concat([decipher.update(decode(text)), decipher.final()]).toString("base64url");
    expect(claims).toBe(rfc.RS256.token.split(".")[1]);
  });

  test("are rejected, whole or cut to three parts", async () => {
    for (const token of [rfc.ENCRYPTED.token, rfc.NESTED]) {
      await expectRejected(joeTarget(ISS_ALONE), token, "token_malformed");
      await expectRejected(joeTarget(ISS_ALONE), token.split(".").slice(0, 3).join("."), "token_malformed");
    }
    expect(decode(rfc.NESTED.split(".")[0]).toString()).toBe(
      '{"alg":"RSA1_5","enc":"A128CBC-HS256","cty":"JWT"}',
    );
  });
});
