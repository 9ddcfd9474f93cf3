import { createDecipheriv, createHmac, createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { compactVerify, createLocalJWKSet } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuthenticationErrorCode } from "../../core/model/errors.ts";
import type { Item } from "../../core/model/items.ts";
import { usableKeys } from "../../runtime/jwt/fetch-keys.ts";
import { FakeIssuer } from "../support/fake-issuer.ts";
import { event, issuerFields, ROLE, TENANT } from "../support/fixtures.ts";
import { type Front, sourceFront } from "./support/fronts.ts";
import * as rfc from "./support/rfc-vectors.ts";

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
/** An issuer of whose tokens `iss` is all that is read. */
const ISS = ["iss"];
const ISS_ALONE: Item = {
  ...JOE,
  audienceClaims: ISS,
  claims: { tenant: ISS, roles: ISS, scopes: ISS, subject: ISS },
};
const TABLE = [ROLE, { ...ROLE, sk: "ROLE#joe", name: "joe" }, { ...TENANT, pk: "TENANT#joe", id: "joe" }];

/** An authorizer of the year 2011, or later, that trusts the vectors' issuer and keys. */
function joeFront(issuer: Item, seconds = rfc.JOE_EXPIRES - 60): Front {
  const joe = {
    url: "joe",
    jwksUri: `${server.url}/jwks`,
    audiences: ["joe"],
    algorithms: ["RS256", "ES256", "ES512", "EdDSA"],
  };
  return sourceFront({ issuers: { joe }, items: [issuer, ...TABLE] }, { now: () => seconds * 1_000 });
}

async function expectRefused(apiType: Front, token: string, code: AuthenticationErrorCode): Promise<void> {
  expect(await apiType.ask(event(`Bearer ${token}`))).toMatchObject({ status: 401, code });
}

const decoded = (part = "") => Buffer.from(part, "base64url");

describe.each(SIGNED.map((vector) => [vector.section, vector] as const))("%s", (_, vector) => {
  const [header = "", payload = "", signature = ""] = vector.token.split(".");

  test("is written here as published: node:crypto verifies it", () => {
    const hash = vector.alg === "EdDSA" ? null : `sha${vector.alg.slice(2)}`;
    const key = createPublicKey({ key: vector.jwk as JsonWebKey, format: "jwk" });
    const input = Buffer.from(`${header}.${payload}`);
    expect(verify(hash, input, { key, dsaEncoding: "ieee-p1363" }, decoded(signature))).toBe(true);
  });

  test("verifies with its key as we keep keys, and with none of the others", async () => {
    const keys = usableKeys(KEYS, { url: "https://issuer.example.com" });
    expect(keys).toEqual(KEYS);
    const { payload: verified } = await compactVerify(vector.token, createLocalJWKSet({ keys }));
    expect(Buffer.from(verified)).toEqual(decoded(payload));
    const others = createLocalJWKSet({ keys: keys.filter((key) => key !== vector.jwk) });
    await expect(compactVerify(vector.token, others)).rejects.toMatchObject({
      code: "ERR_JWKS_NO_MATCHING_KEY",
    });
  });
});

describe.each(JWTS.map((vector) => [vector.section, vector] as const))("%s, as a token", (_, { token }) => {
  test("passes the signature and stops at the audience that it lacks", async () => {
    await expectRefused(joeFront(JOE), token, "audience_wrong");
  });

  test("passes the signature and stops at its exp, since 2011", async () => {
    await expectRefused(joeFront(JOE, rfc.JOE_EXPIRES + 30), token, "token_expired");
  });

  test("is allowed by an authorizer of 2011 that reads all of a caller in iss", async () => {
    expect(await joeFront(ISS_ALONE).ask(event(`Bearer ${token}`))).toMatchObject({
      status: 200,
      answer: { principalId: "joe", context: { tenantId: "joe", roles: "joe" } },
    });
  });

  test("stops at the signature with one bit of header, payload or signature flipped", async () => {
    const apiType = joeFront(ISS_ALONE);
    const [header = "", payload = "", signature = ""] = token.split(".");
    const bytes = decoded(signature);
    bytes[9] = (bytes[9] ?? 0) ^ 1;
    await expectRefused(
      apiType,
      [header, payload, bytes.toString("base64url")].join("."),
      "signature_invalid",
    );
    const later = decoded(payload).toString().replace("1300819380", "1300819381");
    const edited = Buffer.from(later).toString("base64url");
    await expectRefused(apiType, [header, edited, signature].join("."), "signature_invalid");
    const spaced = Buffer.from(`${decoded(header).toString()} `).toString("base64url");
    await expectRefused(apiType, [spaced, payload, signature].join("."), "signature_invalid");
  });
});

test.each([rfc.ES512, rfc.EDDSA].map((vector) => [vector.section, vector] as const))(
  "%s has no claims: no token",
  async (_, { token }) => {
    await expectRefused(joeFront(ISS_ALONE), token, "token_malformed");
  },
);

describe("RFC 7515, A.1, and RFC 7519, 3.1: HS256", () => {
  const [header, payload, signature] = rfc.HS256.token.split(".");

  test("is written here as published: node:crypto verifies it", () => {
    const mac = createHmac("sha256", decoded(rfc.HS256.secret))
      .update(`${header}.${payload}`)
      .digest("base64url");
    expect(mac).toBe(signature);
  });

  test("is refused for its algorithm", async () => {
    await expectRefused(joeFront(ISS_ALONE), rfc.HS256.token, "algorithm_not_allowed");
  });
});

describe("RFC 7515, A.5, and RFC 7519, 6.1: unsecured", () => {
  test("is no token", async () => {
    await expectRefused(joeFront(ISS_ALONE), rfc.UNSECURED, "token_malformed");
  });

  test("is refused for its algorithm with a signature after it", async () => {
    const [, , signature] = rfc.RS256.token.split(".");
    await expectRefused(joeFront(ISS_ALONE), `${rfc.UNSECURED}${signature}`, "algorithm_not_allowed");
  });
});

test.each([
  ["RFC 7515, A.6", rfc.GENERAL_JSON],
  ["RFC 7515, A.7", rfc.FLATTENED_JSON],
])("%s: JSON serializations are no tokens", async (_, token) => {
  await expectRefused(joeFront(ISS_ALONE), token, "token_malformed");
  await expectRefused(joeFront(ISS_ALONE), Buffer.from(token).toString("base64url"), "token_malformed");
});

describe("RFC 7519, A.1 and A.2: encrypted and nested tokens", () => {
  test("A.1 is written here as published: it decrypts to the claims of section 3.1", () => {
    const [header = "", , iv, text, tag] = rfc.ENCRYPTED.token.split(".");
    const { contentKey } = rfc.ENCRYPTED;
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(header.length * 8));
    const authenticated = Buffer.concat([Buffer.from(header), decoded(iv), decoded(text), length]);
    const mac = createHmac("sha256", contentKey.subarray(0, 16)).update(authenticated).digest();
    expect(mac.subarray(0, 16)).toEqual(decoded(tag));
    const decipher = createDecipheriv("aes-128-cbc", contentKey.subarray(16), decoded(iv));
    const claims = Buffer.concat([decipher.update(decoded(text)), decipher.final()]).toString("base64url");
    expect(claims).toBe(rfc.RS256.token.split(".")[1]);
  });

  test("are no tokens, whole or cut to three parts", async () => {
    for (const token of [rfc.ENCRYPTED.token, rfc.NESTED]) {
      await expectRefused(joeFront(ISS_ALONE), token, "token_malformed");
      await expectRefused(joeFront(ISS_ALONE), token.split(".").slice(0, 3).join("."), "token_malformed");
    }
    expect(decoded(rfc.NESTED.split(".")[0]).toString()).toBe(
      '{"alg":"RSA1_5","enc":"A128CBC-HS256","cty":"JWT"}',
    );
  });
});
