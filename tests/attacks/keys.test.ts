import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { issuerName } from "../../core/model/ids.ts";
import type { Item } from "../../core/model/items.ts";
import { persistedJwksItem } from "../../runtime/jwt/persisted-keys.ts";
import { event } from "../support/fixtures.ts";
import { curvePair, published, rsaPair, startArena } from "./support/arena.ts";
import { type Attack, startTargets } from "./support/describe-attacks.ts";
import { bytes, ecdsa, rs256 } from "./support/raw-token.ts";
import { sourceTarget } from "./support/targets.ts";
import { forgedToken, LOW_ORDER, pointKey, power, rocaPair } from "./support/weak-keys.ts";

const small = { 1024: rsaPair(1_024), 2047: rsaPair(2_047) };
const [strong, other] = [rsaPair(), rsaPair()];
const curve = curvePair("P-256");
const one = { ...published(strong.publicKey, { kid: "exponent-1" }), e: "AQ" };
const privateJwk = { ...strong.privateKey.export({ format: "jwk" }), kid: "private" };

const lowOrder = Object.entries(LOW_ORDER).map(([title, hex]) => pointKey(hex, title));
const roca = rocaPair();

const describeAttacks = startTargets({
  algorithms: ["EdDSA"],
  keys: [
    published(small[1024].publicKey, { kid: "rsa-1024" }),
    published(small[2047].publicKey, { kid: "rsa-2047" }),
    one,
    { ...one, kid: "exponent-2", e: "Ag" },
    published(strong.publicKey, { kid: "enc", use: "enc" }),
    published(strong.publicKey, { kid: "no-verify", key_ops: ["encrypt", "wrapKey"] }),
    published(strong.publicKey, { kid: "ps256", alg: "PS256" }),
    published(strong.publicKey, { kid: "rs512", alg: "RS512" }),
    privateJwk,
    published(curve.publicKey, { kid: "curve" }),
    published(roca.publicKey, { kid: "roca" }),
    ...lowOrder,
    { kty: "oct", k: "c2VjcmV0", kid: "symmetric", alg: "HS256" },
    published(other.publicKey, { kid: "good", use: "sig", key_ops: ["verify"], alg: "RS256" }),
  ],
});

const UNKNOWN = [401, "key_unknown"] as const;
const FORGED = [401, "signature_invalid"] as const;

const KIDS: readonly (readonly [string, unknown])[] = [
  ["a path", "../../../../dev/null"],
  ["a file", "file:///etc/passwd"],
  ["SQL", "k1' UNION SELECT 'AA'; --"],
  ["a shell's command", "k1|id; $(id) `id`"],
  ["a URL", "http://169.254.169.254/latest/meta-data/"],
  ["6,000 characters", "k".repeat(6_000)],
  ["control characters", "k1\u0000\r\nX-Injected: 1"],
  ["the right one with a space", "k1 "],
  ["the right one in upper case", "K1"],
  ["an empty string", ""],
  ["a list", ["k1"]],
  ["an object", { kid: "k1" }],
  ["a number", 1],
  ["true", true],
  ["null", null],
  ...["__proto__", "constructor", "toString", "hasOwnProperty"].map((name) => [name, name] as const),
];

describeAttacks("kid: the id of one of the issuer's keys, never a location", [
  ...KIDS.map(
    ([title, kid]): Attack => ({
      title: `${title} as the kid is not the id of a key`,
      send: ({ token }) => token({}, { kid }),
      gets: UNKNOWN,
    }),
  ),
  {
    title: "the issuer's kid with a signature of another key is rejected",
    send: ({ token, pairs }) => token({}, {}, rs256(pairs.stranger.privateKey)),
    gets: FORGED,
  },
  {
    title: "the same kid at two issuers: main's token is not verified with rival's key",
    send: ({ token, pairs }) => token({}, {}, rs256(pairs.rival.privateKey)),
    gets: FORGED,
  },
  {
    title: "the same kid at two issuers: rival's token is not verified with main's key",
    send: ({ token, claims }) => token(claims("rival", { tenant: "globex" })),
    gets: FORGED,
  },
  {
    title: "the same kid at two issuers: rival's token is verified with rival's key",
    send: ({ token, claims, pairs }) =>
      token(claims("rival", { tenant: "globex" }), {}, rs256(pairs.rival.privateKey)),
    gets: [200],
  },
  {
    title: "rival is denied for a tenant that is not its own",
    send: ({ token, claims, pairs }) =>
      token(claims("rival", { tenant: "acme" }), {}, rs256(pairs.rival.privateKey)),
    gets: [403, "issuer_not_allowed"],
  },
]);

let elsewhere: Server;
const reached: string[] = [];
const otherUrl = () => `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/keys`;

beforeAll(async () => {
  elsewhere = createServer((request, response) => {
    reached.push(request.url ?? "");
    response.end("{}");
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  elsewhere.close();
});

const nothingFetched: Attack["and"] = () => expect(reached).toEqual([]);

describeAttacks("The header: it cannot supply a key", [
  ...(["jku", "x5u"] as const).map(
    (member): Attack => ({
      title: `${member} is not followed`,
      send: ({ token, pairs }) => token({}, { [member]: otherUrl() }, rs256(pairs.stranger.privateKey)),
      gets: FORGED,
      and: nothingFetched,
    }),
  ),
  ...(["jku", "x5u"] as const).map(
    (member): Attack => ({
      title: `${member} next to an unknown kid is not followed`,
      send: ({ token, pairs }) =>
        token({}, { [member]: otherUrl(), kid: "theirs" }, rs256(pairs.stranger.privateKey)),
      gets: UNKNOWN,
      and: nothingFetched,
    }),
  ),
  {
    title: "jwk is not used",
    send: ({ token, pairs: { stranger } }) =>
      token({}, { jwk: published(stranger.publicKey, { kid: "k1" }) }, rs256(stranger.privateKey)),
    gets: FORGED,
  },
  {
    title: "jwk without kid is not used",
    send: ({ token, pairs: { stranger } }) =>
      token({}, { jwk: published(stranger.publicKey, {}), kid: undefined }, rs256(stranger.privateKey)),
    gets: FORGED,
  },
  {
    title: "x5c is not used",
    send: ({ token, pairs: { stranger } }) =>
      token(
        {},
        { x5c: [stranger.publicKey.export({ type: "spki", format: "der" }).toString("base64")], x5t: "AAAA" },
        rs256(stranger.privateKey),
      ),
    gets: FORGED,
  },
]);

test("no attack caused a request to a URL from a header", () => {
  expect(elsewhere.listening).toBe(true);
  expect(reached).toEqual([]);
});

/** Signs without a key: with the exponent 1 the padded digest is its own signature. */
function signWithoutKey(input: string): Uint8Array {
  const { publicKey, privateKey } = strong;
  const signature = BigInt(`0x${Buffer.from(rs256(privateKey)(input)).toString("hex")}`);
  const modulus = BigInt(
    `0x${Buffer.from(publicKey.export({ format: "jwk" }).n ?? "", "base64url").toString("hex")}`,
  );
  return Buffer.from(power(signature, 65_537n, modulus).toString(16).padStart(512, "0"), "hex");
}

describeAttacks("Keys that an issuer should not publish are ignored", [
  ...([1024, 2047] as const).map(
    (bits): Attack => ({
      title: `an RSA key of ${bits} bits`,
      send: ({ token }) => token({}, { kid: `rsa-${bits}` }, rs256(small[bits].privateKey)),
      gets: UNKNOWN,
    }),
  ),
  {
    title: "an RSA key with the exponent 1, for which no private key is needed",
    send: ({ token }) => token({}, { kid: "exponent-1" }, signWithoutKey),
    gets: UNKNOWN,
  },
  {
    title: "an RSA key with an even exponent",
    send: ({ token }) => token({}, { kid: "exponent-2" }, bytes(Buffer.alloc(256, 1))),
    gets: UNKNOWN,
  },
  {
    title: "an RSA key with the fingerprint of ROCA, whose factors can be computed",
    send: ({ token }) => token({}, { kid: "roca" }, rs256(roca.privateKey)),
    gets: UNKNOWN,
  },
  ...lowOrder.map(
    (jwk): Attack => ({
      title: `an Ed25519 key that is a point of low order, for which no private key is needed: ${jwk.kid}`,
      send: ({ token }) =>
        forgedToken(jwk, (jti, signing) => token({ jti }, { alg: "EdDSA", kid: jwk.kid }, signing)),
      gets: UNKNOWN,
    }),
  ),
  ...["enc", "no-verify", "ps256", "rs512", "private"].map(
    (kid): Attack => ({
      title: `a key for another purpose: ${kid}`,
      send: ({ token }) => token({}, { kid }, rs256(strong.privateKey)),
      gets: UNKNOWN,
    }),
  ),
  {
    title: "a key of another kind than the algorithm's",
    send: ({ token }) => token({}, { kid: "curve" }, ecdsa(curve.privateKey)),
    gets: UNKNOWN,
  },
  {
    title: "a symmetric key",
    send: ({ token }) => token({}, { kid: "symmetric" }),
    gets: UNKNOWN,
  },
  {
    title: "while a valid key of the same set is accepted",
    send: ({ token }) => token({}, { kid: "good" }, rs256(other.privateKey)),
    gets: [200],
  },
]);

test("persisted keys that are weak count as absent too", async () => {
  const arena = await startArena({ algorithms: ["EdDSA"] });
  const { issuers, items, servers, pairs, token } = arena;
  const kept = [
    ...lowOrder,
    published(roca.publicKey, { kid: "roca" }),
    published(pairs.main.publicKey, { kid: "k1" }),
  ];
  const persisted = persistedJwksItem(
    { name: issuerName("main"), url: servers.main.url },
    { keys: kept, fetchedAt: Date.now() },
    "test",
  );
  const getJson = () => Promise.reject(new Error("The issuer does not respond"));
  const target = sourceTarget({ issuers, items: [...items, persisted as Item] }, { getJson });
  const send = async (sent: string) => {
    const { status, code } = await target.send(event(`Bearer ${sent}`));
    return [status, code];
  };
  expect(await send(token())).toEqual([200, undefined]);
  for (const jwk of lowOrder) {
    const forged = forgedToken(jwk, (jti, signing) =>
      token({ jti }, { alg: "EdDSA", kid: jwk.kid }, signing),
    );
    expect(await send(forged), jwk.kid).toEqual([500, "keys_unreachable"]);
  }
  expect(await send(token({}, { kid: "roca" }, rs256(roca.privateKey)))).toEqual([500, "keys_unreachable"]);
  await arena.stop();
});
