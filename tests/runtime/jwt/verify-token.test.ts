import { createHash, createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { CompactEncrypt, exportSPKI } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { UnverifiedToken } from "../../../core/decision/bearer-token.ts";
import { issuerName } from "../../../core/model/ids.ts";
import type { IssuerSwitch } from "../../../core/model/issuer-switch.ts";
import type { IssuerItem, Item } from "../../../core/model/items.ts";
import { jsonGetter } from "../../../runtime/jwt/https-getter.ts";
import { keySets } from "../../../runtime/jwt/key-sets.ts";
import { tokenVerifier } from "../../../runtime/jwt/verify-token.ts";
import { localTrust, type TrustChanges } from "../../support/configuration.ts";
import { expectAuthenticationError, expectInternalError } from "../../support/expect-errors.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../../support/fake-issuer.ts";
import { AUDIENCE, claims, clock, issuerItem, SECONDS } from "../../support/fixtures.ts";

let signer: Signer;
let stranger: Signer;
let server: FakeIssuer;

beforeAll(async () => {
  signer = await makeSigner("k1");
  stranger = await makeSigner("k1");
  server = await FakeIssuer.start(signer);
});
afterAll(() => server.stop());
beforeEach(() => {
  server.keys = [signer.jwk];
  server.answers.clear();
  server.requests.length = 0;
});

interface Options {
  readonly item?: Item;
  readonly trust?: TrustChanges;
  readonly algorithms?: readonly string[];
}

function verifier(options: Options = {}) {
  const time = clock();
  const trusted = localTrust({
    issuers: [{ url: server.url, algorithms: options.algorithms ?? ["RS256"] }],
    ...options.trust,
  });
  const current: { item: IssuerItem | undefined; killed?: IssuerSwitch } = { item: issuerItem(options.item) };
  const verify = tokenVerifier({
    trust: trusted,
    keySets: keySets(trusted, () => jsonGetter(), time.now, null),
    issuerItem: async () => current.item,
    issuerSwitch: async () => current.killed,
    now: time.now,
  });
  return { verify: (token: string) => verify(token as UnverifiedToken), advance: time.advance, current };
}

const token = (changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}, by = signer) =>
  sign(by, claims(server.url, changes), header);

const part = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** Signs any string as a payload; jose would reject most of them. */
function signPayload(payload: string, header: Record<string, unknown> = {}): Promise<string> {
  return signInput(`${part({ alg: "RS256", kid: "k1", typ: "at+jwt", ...header })}.${part(payload)}`);
}

async function signInput(input: string): Promise<string> {
  const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", signer.privateKey, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

describe("a good token", () => {
  test("returns its claims and the catalogue's issuer", async () => {
    const { verify, current } = verifier();
    const { claims: verified } = await verify(await token());
    expect(verified).toMatchObject({ issuer: current.item, payload: claims(server.url) });
  });

  test.each(["RS256", "RS384", "PS256", "PS512", "ES256", "ES384", "ES512", "EdDSA"])(
    "may be signed with %s if its issuer uses it",
    async (alg) => {
      const other = await makeSigner("k2", alg);
      server.keys = [other.jwk];
      const { verify } = verifier({ algorithms: [alg] });
      await expect(verify(await token({}, {}, other))).resolves.toMatchObject({ staleKeys: false });
    },
  );

  test.each(
    ["EdDSA", "Ed25519"].flatMap((inToken) =>
      ["EdDSA", "Ed25519", undefined].flatMap((inKey) =>
        ["EdDSA", "Ed25519"].map((configured) => [inToken, inKey, configured] as const),
      ),
    ),
  )("may call its algorithm %s, its key %s and Terraform %s", async (inToken, inKey, configured) => {
    const other = await makeSigner("k2", "EdDSA");
    const { alg: _, ...jwk } = other.jwk;
    server.keys = [inKey === undefined ? jwk : { ...jwk, alg: inKey }];
    const { verify } = verifier({ algorithms: [configured] });
    const signed = await token({}, { alg: inToken }, other);
    await expect(verify(signed)).resolves.toMatchObject({ staleKeys: false });
  });

  test("without kid is verified with each key of its issuer", async () => {
    const other = await makeSigner("k2");
    server.keys = [other.jwk, signer.jwk].map(({ kid: _, ...jwk }) => jwk);
    const { verify } = verifier();
    await expect(verify(await token({}, { kid: undefined }))).resolves.toMatchObject({ staleKeys: false });
    await expectAuthenticationError(
      verify(await token({}, { kid: undefined }, stranger)),
      "signature_invalid",
      "The token's signature does not verify",
    );
  });

  test("without kid is rejected as expired once it has expired, whichever key signed it", async () => {
    const other = await makeSigner("k2");
    const { verify } = verifier();
    for (const keys of [
      [signer.jwk, other.jwk],
      [other.jwk, signer.jwk],
    ]) {
      server.keys = keys.map(({ kid: _, ...jwk }) => jwk);
      const expired = await token({ exp: SECONDS - 60 }, { kid: undefined });
      await expectAuthenticationError(verifier().verify(expired), "token_expired", "The token has expired");
    }
    await expect(verify(await token({}, { kid: undefined }))).resolves.toMatchObject({ staleKeys: false });
  });

  test("is verified even if another key of its issuer cannot be imported", async () => {
    const { e: _, ...incomplete } = signer.jwk;
    server.keys = [{ ...incomplete, kid: "broken" }, signer.jwk];
    const { verify } = verifier();
    await expect(verify(await token())).resolves.toMatchObject({ staleKeys: false });
    await expectAuthenticationError(
      verify(await token({}, { kid: "broken" })),
      "key_unknown",
      "The token's key is not one of its issuer's keys",
    );
  });
});

describe("the signature", () => {
  test("is rejected with any one bit flipped", async () => {
    const { verify } = verifier();
    const [header, payload, signature = ""] = (await token()).split(".");
    const bytes = Buffer.from(signature, "base64url");
    for (const at of [0, 1, 100, bytes.length - 1]) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      const forged = `${header}.${payload}.${flipped.toString("base64url")}`;
      await expectAuthenticationError(
        verify(forged),
        "signature_invalid",
        "The token's signature does not verify",
      );
    }
  });

  test("is rejected with another payload or header", async () => {
    const { verify } = verifier();
    const [header, payload, signature] = (await token()).split(".");
    const otherClaims = part(claims(server.url, { tenant: "other" }));
    const otherHeader = part({ alg: "RS256", kid: "k1", typ: "at+jwt", x: 1 });
    await expectAuthenticationError(
      verify(`${header}.${otherClaims}.${signature}`),
      "signature_invalid",
      "The token's signature does not verify",
    );
    await expectAuthenticationError(
      verify(`${otherHeader}.${payload}.${signature}`),
      "signature_invalid",
      "The token's signature does not verify",
    );
  });

  test("of another key with the same kid is rejected", async () => {
    await expectAuthenticationError(
      verifier().verify(await token({}, {}, stranger)),
      "signature_invalid",
      "The token's signature does not verify",
    );
  });

  test("of a key that the header contains or points to is rejected, and nothing is fetched from there", async () => {
    const { verify } = verifier();
    const elsewhere = `${server.url}/elsewhere`;
    const header = { jwk: stranger.jwk, jku: elsewhere, x5u: elsewhere, x5c: ["AAAA"] };
    await expectAuthenticationError(
      verify(await token({}, header, stranger)),
      "signature_invalid",
      "The token's signature does not verify",
    );
    expect(server.requests).not.toContain("/elsewhere");
  });

  test("of an RSA key below 2,048 bits is rejected", async () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1_024 });
    server.keys = [
      { ...weak.publicKey.export({ format: "jwk" }), kid: "weak", alg: "RS256" } as never,
      signer.jwk,
    ];
    const input = `${part({ alg: "RS256", kid: "weak", typ: "at+jwt" })}.${part(claims(server.url))}`;
    const signature = createSign("sha256").update(input).sign(weak.privateKey).toString("base64url");
    await expectAuthenticationError(
      verifier().verify(`${input}.${signature}`),
      "key_unknown",
      "The token's key is not one of its issuer's keys",
    );
  });
});

describe("the algorithm", () => {
  test.each([
    "none",
    "None",
    "NONE",
    "nOnE",
    "",
    "HS256",
    "RS512",
    "ES256",
    "rs256",
    "RSA-OAEP",
    "dir",
    "__proto__",
    "constructor",
  ])("%j is rejected if the issuer signs with RS256", async (alg) => {
    const forged = `${part({ alg, kid: "k1", typ: "at+jwt" })}.${part(claims(server.url))}.AAAA`;
    await expectAuthenticationError(
      verifier().verify(forged),
      "algorithm_not_allowed",
      "The token's algorithm is not one of its issuer's algorithms",
    );
    expect(server.requests).toEqual([]);
  });

  test.each([undefined, null, 7, ["RS256", "none"], { alg: "RS256" }])("%j is rejected", async (alg) => {
    const forged = `${part({ alg, kid: "k1", typ: "at+jwt" })}.${part(claims(server.url))}.AAAA`;
    await expectAuthenticationError(
      verifier().verify(forged),
      "algorithm_not_allowed",
      "The token's algorithm is not one of its issuer's algorithms",
    );
  });

  test("is rejected as a list of one", async () => {
    const forged = await signPayload(JSON.stringify(claims(server.url)), { alg: ["RS256"] });
    await expectAuthenticationError(
      verifier().verify(forged),
      "algorithm_not_allowed",
      "The token's algorithm is not one of its issuer's algorithms",
    );
  });

  test("HS256 with the public key as the secret is rejected", async () => {
    const input = `${part({ alg: "HS256", kid: "k1", typ: "at+jwt" })}.${part(claims(server.url))}`;
    const secrets = [await exportSPKI(signer.publicKey), JSON.stringify(signer.jwk), signer.jwk.n ?? ""];
    for (const secret of secrets) {
      const signature = createHmac("sha256", secret).update(input).digest("base64url");
      await expectAuthenticationError(
        verifier().verify(`${input}.${signature}`),
        "algorithm_not_allowed",
        "The token's algorithm is not one of its issuer's algorithms",
      );
    }
  });

  test("of another key of the issuer is rejected", async () => {
    const other = await makeSigner("k1", "ES256");
    const { verify } = verifier({ algorithms: ["RS256", "ES256"] });
    await expectAuthenticationError(
      verify(await token({}, {}, other)),
      "key_unknown",
      "The token's key is not one of its issuer's keys",
    );
  });
});

describe("the form", () => {
  test.each([
    ["a header that is not JSON", "e30x", part("{}")],
    ["a header that is a list", part("[]"), part("{}")],
    ["a payload that is not JSON", part({ alg: "RS256" }), "AAAA"],
    ["a payload that is a list", part({ alg: "RS256" }), part("[1]")],
    ["a payload that is null", part({ alg: "RS256" }), part("null")],
    ["a payload that is a string", part({ alg: "RS256" }), part('"x"')],
    [
      "a payload that is not UTF-8",
      part({ alg: "RS256" }),
      Buffer.from([0x7b, 0xff, 0x7d]).toString("base64url"),
    ],
  ])("with %s is malformed", async (_, header, payload) => {
    await expectAuthenticationError(
      verifier().verify(`${header}.${payload}.AAAA`),
      "token_malformed",
      "The token's header and payload are not JSON objects with unique member names",
    );
  });

  test("of an encrypted token is malformed", async () => {
    const encrypted = await new CompactEncrypt(Buffer.from(JSON.stringify(claims(server.url))))
      .setProtectedHeader({ alg: "RSA-OAEP", enc: "A256GCM" })
      .encrypt(
        await crypto.subtle.importKey(
          "jwk",
          { kty: "RSA", n: signer.jwk.n ?? "", e: "AQAB" },
          { name: "RSA-OAEP", hash: "SHA-1" },
          false,
          ["encrypt"],
        ),
      );
    await expectAuthenticationError(
      verifier().verify(encrypted),
      "token_malformed",
      "The token's header and payload are not JSON objects with unique member names",
    );
  });

  test.each([
    ["an unknown extension", { crit: ["exp"], exp: 1 }],
    ["b64", { crit: ["b64"], b64: true }],
    ["an empty list", { crit: [] }],
    ["a string", { crit: "exp" }],
    ["null", { crit: null }],
  ])("with crit for %s is malformed", async (_, header) => {
    const forged = await signPayload(JSON.stringify(claims(server.url)), header);
    await expectAuthenticationError(
      verifier().verify(forged),
      "token_malformed",
      "The token's header requires an unsupported extension",
    );
  });
});

describe("the issuer", () => {
  const MESSAGE = "The token's issuer is not trusted";

  test.each(["https://evil.example.com", "", undefined, 7, null])("%j is unknown", async (iss) => {
    await expectAuthenticationError(
      verifier().verify(await signPayload(JSON.stringify(claims(server.url, { iss })))),
      "issuer_unknown",
      MESSAGE,
    );
    expect(server.requests).toEqual([]);
  });

  test("is unknown with another slash, in another case and in a list", async () => {
    for (const iss of [`${server.url}/`, server.url.toUpperCase(), [server.url]])
      await expectAuthenticationError(
        verifier().verify(await signPayload(JSON.stringify(claims(server.url, { iss })))),
        "issuer_unknown",
        MESSAGE,
      );
  });

  test("is unknown if it is in the configuration but not in the catalogue", async () => {
    const { verify, current } = verifier();
    current.item = undefined;
    await expectAuthenticationError(verify(await token()), "issuer_unknown", MESSAGE);
  });

  test("cannot sign for another issuer, because each token is verified with its own issuer's keys", async () => {
    const other = await FakeIssuer.start(stranger);
    const { verify } = verifier({
      trust: { issuers: [{ url: server.url }, { name: issuerName("other"), url: other.url }] },
    });
    await expectAuthenticationError(
      verify(await token({}, {}, stranger)),
      "signature_invalid",
      "The token's signature does not verify",
    );
    await expect(verify(await token({ iss: other.url }, {}, stranger))).resolves.toMatchObject({
      staleKeys: false,
    });
    await other.stop();
  });
});

describe("the audience", () => {
  test.each([["https://other.example.com"], [""], [[]], [["other", "another"]], [undefined]])(
    "%j is wrong",
    async (aud) => {
      await expectAuthenticationError(
        verifier().verify(await token({ aud })),
        "audience_wrong",
        aud === undefined ? "The token names no audience in aud" : "The token is for another audience",
      );
    },
  );

  test("of an ID token is said to be one, by the claims that only ID tokens have", async () => {
    await expectAuthenticationError(
      verifier().verify(await token({ aud: "a-client", nonce: "n-0S6" })),
      "audience_wrong",
      "The token is for another audience; it has nonce, so it is probably an ID token",
    );
  });

  test("may be in a list", async () => {
    await expect(verifier().verify(await token({ aud: ["other", AUDIENCE] }))).resolves.toMatchObject({
      staleKeys: false,
    });
  });

  test.each([7, true, { [AUDIENCE]: 1 }, [AUDIENCE, 7], [[AUDIENCE]]])("%j is not valid", async (aud) => {
    const forged = await signPayload(JSON.stringify(claims(server.url, { aud })));
    await expectAuthenticationError(
      verifier().verify(forged),
      "claims_invalid",
      /The token's claim aud is (a number|true or false|an object with 1 key|a list of \d \(.*\)), but expected a string/,
    );
  });

  test("null is not valid", async () => {
    const forged = await signPayload(JSON.stringify(claims(server.url, { aud: null })));
    await expectAuthenticationError(
      verifier().verify(forged),
      "claims_invalid",
      "The token's claim aud is null, but expected a string or a list of strings",
    );
  });

  test("is read from client_id if the issuer's item says so", async () => {
    const options = { item: { audienceClaims: ["aud", "client_id"] } };
    await expect(
      verifier(options).verify(await token({ aud: undefined, client_id: AUDIENCE })),
    ).resolves.toMatchObject({ staleKeys: false });
    await expectAuthenticationError(
      verifier().verify(await token({ aud: undefined, client_id: AUDIENCE })),
      "audience_wrong",
      "The token names no audience in aud",
    );
    await expectAuthenticationError(
      verifier(options).verify(await token({ client_id: [AUDIENCE] })),
      "claims_invalid",
      /The token's claim client_id is a list of 1 \(string\), but expected a string/,
    );
  });

  test("is never accepted if the issuer has no audience claim", async () => {
    await expectAuthenticationError(
      verifier({ item: { audienceClaims: [] } }).verify(await token()),
      "audience_wrong",
      "The token names no audience in ",
    );
  });
});

describe("the times", () => {
  test("a token is valid until exp plus the tolerance", async () => {
    await expect(verifier().verify(await token({ exp: SECONDS - 29 }))).resolves.toMatchObject({
      staleKeys: false,
    });
    await expectAuthenticationError(
      verifier().verify(await token({ exp: SECONDS - 30 })),
      "token_expired",
      "The token has expired",
    );
  });

  test("a token is valid from nbf minus the tolerance on", async () => {
    await expect(verifier().verify(await token({ nbf: SECONDS + 30 }))).resolves.toMatchObject({
      staleKeys: false,
    });
    await expectAuthenticationError(
      verifier().verify(await token({ nbf: SECONDS + 31 })),
      "token_not_yet_valid",
      "The token is not valid yet",
    );
  });

  test.each([undefined, null, "2000000000", [], {}, true])("an exp of %j is not valid", async (exp) => {
    const forged = await signPayload(JSON.stringify(claims(server.url, { exp })));
    await expectAuthenticationError(
      verifier().verify(forged),
      "claims_invalid",
      /The token's claim exp is .*, but expected a finite number of seconds since 1970/,
    );
  });

  test.each(["exp", "nbf", "iat"])("an infinite %s is not valid", async (name) => {
    const forged = await signPayload(
      JSON.stringify(claims(server.url, { [name]: 7_777 })).replace(
        ":7777",
        name === "nbf" ? ":-1e999" : ":1e999",
      ),
    );
    await expectAuthenticationError(
      verifier().verify(forged),
      "claims_invalid",
      `The token's claim ${name} is a number, but expected a finite number`,
    );
  });

  test.each(["nbf", "iat"])("an %s that is a string is not valid", async (name) => {
    const forged = await signPayload(JSON.stringify(claims(server.url, { [name]: "1" })));
    await expectAuthenticationError(
      verifier().verify(forged),
      "claims_invalid",
      `The token's claim ${name} is a string, but expected a finite number`,
    );
  });
});

describe("the type", () => {
  test.each(["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"])(
    "typ %j is an access token's",
    async (typ) => {
      await expect(verifier().verify(await token({}, { typ }))).resolves.toMatchObject({ staleKeys: false });
    },
  );

  test.each(["JWT", "", "dpop+jwt", "text/at+jwt", "application/application/at+jwt", undefined])(
    "typ %j is wrong",
    async (typ) => {
      await expectAuthenticationError(
        verifier().verify(await token({}, { typ })),
        "token_type_wrong",
        /The token's typ is (jwt|missing|dpop\+jwt|another type), but expected at\+jwt/,
      );
    },
  );

  test.each([7, null, ["at+jwt"]])("typ %j is wrong", async (typ) => {
    const forged = await signPayload(JSON.stringify(claims(server.url)), { typ });
    await expectAuthenticationError(
      verifier().verify(forged),
      "token_type_wrong",
      /The token's typ is (missing|another type), but expected at/,
    );
  });

  test("may be absent if the issuer's tokens have none", async () => {
    const options = { item: { types: ["jwt", ""] } };
    await expect(verifier(options).verify(await token({}, { typ: undefined }))).resolves.toMatchObject({
      staleKeys: false,
    });
    await expect(verifier(options).verify(await token({}, { typ: "JWT" }))).resolves.toMatchObject({
      staleKeys: false,
    });
  });

  test("token_use must be the issuer's", async () => {
    const options = { item: { tokenUse: "access" } };
    await expect(verifier(options).verify(await token({ token_use: "access" }))).resolves.toMatchObject({
      staleKeys: false,
    });
    for (const [token_use, found] of [
      ["id", "The token is an ID token, but expected an access token"],
      [undefined, "whose token_use is missing, but expected an access token"],
      [["access"], "whose token_use is a list of 1 .string., but expected an access token"],
    ])
      await expectAuthenticationError(
        // The type is checked before the audience: an ID token has both wrong.
        verifier(options).verify(await token({ token_use, aud: "a-client" })),
        "token_type_wrong",
        found as string,
      );
  });
});

describe("a token that is bound to a key", () => {
  const bound = () => token({ cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } });
  const message = "The token is bound to a key by cnf, and its possession is not verified";

  test("is rejected", async () => {
    await expectAuthenticationError(verifier().verify(await bound()), "token_bound", message);
  });

  test("is accepted until the time that its issuer's file says, and no longer", async () => {
    const { verify, advance } = verifier({ item: { boundTokensUntil: SECONDS + 60 } });
    await expect(verify(await bound())).resolves.toMatchObject({ staleKeys: false });
    advance(59_999);
    await expect(verify(await bound())).resolves.toMatchObject({ staleKeys: false });
    advance(1);
    await expectAuthenticationError(verify(await bound()), "token_bound", message);
    await expect(verify(await token())).resolves.toMatchObject({ staleKeys: false });
  });

  test("is rejected for staff, whatever the item says", async () => {
    const item = { staff: true, memberships: "instead", boundTokensUntil: SECONDS + 60 };
    await expectAuthenticationError(verifier({ item }).verify(await bound()), "token_bound", message);
  });
});

describe("the keys", () => {
  test("a new key is found at once, and the old one still works while it is published", async () => {
    const { verify } = verifier();
    await verify(await token());
    const next = await makeSigner("k2");
    server.keys = [signer.jwk, next.jwk];
    await expect(verify(await token({}, {}, next))).resolves.toMatchObject({ staleKeys: false });
    await expect(verify(await token({ jti: "2" }))).resolves.toMatchObject({ staleKeys: false });
    expect(server.keyFetches).toBe(2);
  });

  test("a flood of unknown kids causes only a few more fetches, and each token is a 401", async () => {
    const { verify } = verifier();
    const forged = await Promise.all(
      Array.from({ length: 50 }, (_, index) => token({}, { kid: `unknown-${index}` }, stranger)),
    );
    await Promise.all(
      forged.map((one) =>
        expectAuthenticationError(
          verify(one),
          "key_unknown",
          "The token's key is not one of its issuer's keys",
        ),
      ),
    );
    for (const one of forged)
      await expectAuthenticationError(
        verify(one),
        "key_unknown",
        "The token's key is not one of its issuer's keys",
      );
    expect(server.keyFetches).toBe(5);
  });

  test("an issuer that responds with HTML causes no 401", async () => {
    server.answers.set("/jwks", (_, response) => response.end("<html>"));
    await expectInternalError(
      verifier().verify(await token()),
      "keys_unreachable",
      "The keys of issuer main cannot be fetched",
    );
  });

  test("cached keys stay usable while the issuer is down", async () => {
    const { verify, advance } = verifier();
    await verify(await token());
    server.answers.set("/jwks", (_, response) => response.writeHead(503).end());
    advance(3_600_000);
    await expect(verify(await token({ exp: SECONDS + 7_200 }))).resolves.toMatchObject({ staleKeys: true });
  });
});

describe("a token that was verified", () => {
  test("is verified again: another signature of the same content is rejected", async () => {
    const { verify } = verifier();
    const one = await token();
    await verify(one);
    await expect(verify(one)).resolves.toMatchObject({
      claims: { payload: claims(server.url) },
    });
    await expectAuthenticationError(
      verify(`${one.slice(0, -8)}AAAAAAAA`),
      "signature_invalid",
      "The token's signature does not verify",
    );
  });

  test("still expires", async () => {
    const { verify, advance } = verifier();
    const one = await token({ exp: SECONDS + 60 });
    await verify(one);
    advance(89_000);
    await expect(verify(one)).resolves.toMatchObject({ staleKeys: false });
    advance(1_000);
    await expectAuthenticationError(verify(one), "token_expired", "The token has expired");
  });

  test("does not outlive its key", async () => {
    const { verify } = verifier();
    const one = await token();
    await verify(one);
    const next = await makeSigner("k2");
    server.keys = [next.jwk];
    await verify(await token({}, {}, next));
    await expectAuthenticationError(
      verify(one),
      "key_unknown",
      "The token's key is not one of its issuer's keys",
    );
  });

  test("is checked again after its issuer's item has changed", async () => {
    const { verify, current } = verifier();
    const one = await token();
    await verify(one);
    current.item = issuerItem({ hash: "another", types: ["jwt"] });
    await expectAuthenticationError(verify(one), "token_type_wrong", "but expected jwt");
  });
});

test("no message contains any part of a token or of its claims", async () => {
  const { verify } = verifier();
  const secret = createHash("sha256").update("claim").digest("hex");
  const forged = await Promise.all([
    token({ aud: secret }),
    token({ exp: 1, sub: secret }),
    token({ iss: secret }),
    token({}, { kid: secret }),
    token({}, { typ: secret }),
  ]);
  for (const one of forged) {
    const error = await verify(one).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "AuthenticationError" });
    expect((error as Error).message).not.toContain(secret);
    for (const piece of one.split(".")) expect((error as Error).message).not.toContain(piece);
  }
});

describe("a kill switch", () => {
  const killed = (suspended: boolean, ...deniedKeys: string[]): IssuerSwitch => ({
    suspended,
    deniedKeys: new Set(deniedKeys),
    revokedClients: new Map(),
  });
  const SUSPENDED = ["issuer_suspended", "The token's issuer is suspended"] as const;
  const DENIED = ["key_denied", "The token's key is denied"] as const;

  test("denies a suspended issuer's tokens, also while the issuer does not respond", async () => {
    const { verify, current } = verifier();
    current.killed = killed(true);
    await expectAuthenticationError(verify(await token()), ...SUSPENDED);
    const down = verifier();
    down.current.killed = killed(true);
    server.answers.set(
      "/.well-known/openid-configuration",
      (_, response) => void response.writeHead(500).end(),
    );
    await expectAuthenticationError(down.verify(await token()), ...SUSPENDED);
  });

  test("denies a key by its id, and no other key", async () => {
    const other = await makeSigner("k2");
    server.keys = [signer.jwk, other.jwk];
    const { verify, current } = verifier();
    await verify(await token());
    current.killed = killed(false, "k1", "unpublished");
    await expectAuthenticationError(verify(await token()), ...DENIED);
    await expect(verify(await token({}, {}, other))).resolves.toMatchObject({ staleKeys: false });
    current.killed = killed(false, "k2");
    await expect(verify(await token())).resolves.toMatchObject({ staleKeys: false });
    await expectAuthenticationError(verify(await token({}, {}, other)), ...DENIED);
  });

  test("is not evaded by a token without kid, which causes no fetch either", async () => {
    const { verify, current } = verifier();
    await verify(await token());
    const fetches = server.requests.length;
    current.killed = killed(false, "k1");
    await expectAuthenticationError(verify(await token({}, { kid: undefined })), ...DENIED);
    expect(server.requests).toHaveLength(fetches);
    await expectAuthenticationError(
      verify(await token({}, { kid: "" })),
      "key_unknown",
      "The token's key is not one of its issuer's keys",
    );
    const other = await makeSigner("k2");
    server.keys = [signer.jwk, other.jwk];
    const both = verifier();
    both.current.killed = killed(false, "k1");
    await expectAuthenticationError(
      both.verify(await token({}, { kid: undefined })),
      "signature_invalid",
      "The token's signature does not verify",
    );
    await expect(both.verify(await token({}, { kid: undefined }, other))).resolves.toMatchObject({
      staleKeys: false,
    });
  });
});
