import { afterAll, beforeAll, expect, test } from "vitest";
import { event } from "../support/fixtures.ts";
import { type Arena, curvePair, startArena } from "./support/arena.ts";
import { type Attack, startTargets } from "./support/describe-attacks.ts";
import { bytes, ecdsa, rs256, type Signing } from "./support/raw-token.ts";
import { inMemoryReader, sourceTarget } from "./support/targets.ts";

const describeAttacks = startTargets();

const FORGED = [401, "signature_invalid"] as const;
const SPELLED = [401, "token_malformed"] as const;

/** The order n of the curve P-256: s and n - s are signatures of the same input. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const number = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
const signatureOf = (r: bigint, s: bigint): Signing => bytes(Buffer.concat([number(r), number(s)]));

/** Changes the bytes of a valid signature. */
const change =
  (signing: Signing, edit: (signature: Buffer) => Uint8Array): Signing =>
  (input) =>
    edit(Buffer.from(signing(input)));

const negateS = (signature: Buffer): Buffer => {
  const s = BigInt(`0x${signature.subarray(32).toString("hex")}`);
  return Buffer.concat([signature.subarray(0, 32), number(ORDER - s)]);
};

const others = { p256: curvePair("P-256"), p384: curvePair("P-384"), secp256k1: curvePair("secp256k1") };

describeAttacks("ECDSA signatures", [
  {
    title: "the unchanged token is allowed",
    send: ({ curveToken }) => curveToken(),
    gets: [200],
  },
  ...(
    [
      ["r and s are 0", 0n, 0n],
      ["r is 0", 0n, 1n],
      ["s is 0", 1n, 0n],
      ["r is the curve's order", ORDER, 1n],
      ["r and s are the curve's order", ORDER, ORDER],
      ["r and s are 1", 1n, 1n],
      ["all bits are set", 2n ** 256n - 1n, 2n ** 256n - 1n],
    ] as const
  ).map(
    ([title, r, s]): Attack => ({
      title: `are rejected if ${title}`,
      send: ({ curveToken }) => curveToken({}, {}, signatureOf(r, s)),
      gets: FORGED,
    }),
  ),
  {
    title: "in DER are rejected",
    send: ({ curveToken, pairs }) => curveToken({}, {}, ecdsa(pairs.p256.privateKey, "sha256", "der")),
    gets: FORGED,
  },
  ...([0, 1, 63, 65, 96, 128] as const).map(
    (length): Attack => ({
      title: `of ${length} bytes are rejected`,
      send: ({ curveToken, pairs }) =>
        curveToken(
          {},
          {},
          change(ecdsa(pairs.p256.privateKey), (good) => Buffer.concat([good, good]).subarray(0, length)),
        ),
      gets: length === 0 ? SPELLED : FORGED,
    }),
  ),
  {
    title: "with r and s exchanged are rejected",
    send: ({ curveToken, pairs }) =>
      curveToken(
        {},
        {},
        change(ecdsa(pairs.p256.privateKey), (good) =>
          Buffer.concat([good.subarray(32), good.subarray(0, 32)]),
        ),
      ),
    gets: FORGED,
  },
  {
    title: "of an unknown key are rejected",
    send: ({ curveToken }) => curveToken({}, {}, ecdsa(others.p256.privateKey)),
    gets: FORGED,
  },
  {
    title: "of another curve of the same length are rejected",
    send: ({ curveToken }) => curveToken({}, {}, ecdsa(others.secp256k1.privateKey)),
    gets: FORGED,
  },
  {
    title: "ES256 with the issuer's P-384 key are rejected",
    send: ({ curveToken, pairs }) => curveToken({}, { kid: "p384" }, ecdsa(pairs.p384.privateKey)),
    gets: [401, "key_unknown"],
  },
  {
    title: "ES384 with the issuer's P-256 key are rejected",
    send: ({ curveToken, pairs }) => curveToken({}, { alg: "ES384" }, ecdsa(pairs.p256.privateKey, "sha384")),
    gets: [401, "key_unknown"],
  },
  {
    title: "ES256 made with the P-384 key under the P-256 key's name are rejected",
    send: ({ curveToken, pairs }) => curveToken({}, {}, ecdsa(pairs.p384.privateKey)),
    gets: FORGED,
  },
  {
    title: "ES384 with the issuer's P-384 key are accepted",
    send: ({ curveToken, pairs }) =>
      curveToken({}, { alg: "ES384", kid: "p384" }, ecdsa(pairs.p384.privateKey, "sha384")),
    gets: [200],
  },
  {
    title: "have a valid twin, n - s, with the same caller and the same access",
    send: ({ curveToken, pairs }) => curveToken({}, {}, change(ecdsa(pairs.p256.privateKey), negateS)),
    gets: [200],
    and: ({ response }) => expect(response?.context).toMatchObject({ tenantId: "acme", userId: "ann" }),
  },
]);

describeAttacks("RSA signatures", [
  ...([0, 1, 255, 257, 512] as const).map(
    (length): Attack => ({
      title: `of ${length} bytes are rejected`,
      send: ({ token, pairs }) =>
        token(
          {},
          {},
          change(rs256(pairs.main.privateKey), (good) => Buffer.concat([good, good]).subarray(0, length)),
        ),
      gets: length === 0 ? SPELLED : FORGED,
    }),
  ),
  ...([0x00, 0xff] as const).map(
    (byte): Attack => ({
      title: `of bytes ${byte} only are rejected`,
      send: ({ token }) => token({}, {}, bytes(Buffer.alloc(256, byte))),
      gets: FORGED,
    }),
  ),
  {
    title: "with an additional leading zero byte are rejected",
    send: ({ token, pairs }) =>
      token(
        {},
        {},
        change(rs256(pairs.main.privateKey), (good) => Buffer.concat([Buffer.alloc(1), good])),
      ),
    gets: FORGED,
  },
  {
    title: "in a second base64url encoding, with unused bits set, are rejected",
    send: ({ token }) => {
      const good = token();
      const next = { A: "B", Q: "R", g: "h", w: "x" }[good.at(-1) ?? ""];
      return `${good.slice(0, -1)}${next}`;
    },
    gets: SPELLED,
  },
  {
    title: "of another token of the same issuer are rejected",
    send: ({ token }) => {
      const [header, payload] = token({ roles: ["admin"] }).split(".");
      return [header, payload, token().split(".")[2]].join(".");
    },
    gets: FORGED,
  },
]);

let arena: Arena;
beforeAll(async () => {
  arena = await startArena();
});
afterAll(() => arena.stop());

/** Returns two valid tokens that differ only in the signature. */
function signTwins(): [string, string] {
  const one = arena.curveToken();
  const [header, payload, signature = ""] = one.split(".");
  const twin = negateS(Buffer.from(signature, "base64url")).toString("base64url");
  return [one, [header, payload, twin].join(".")];
}

test("a revocation by the token's id applies to both twins of a signature, sent before or not", async () => {
  const items = [...arena.items];
  let time = Date.now();
  const target = sourceTarget(arena, { now: () => time, reader: inMemoryReader(items) });
  const [one, twin] = signTwins();
  expect(one).not.toBe(twin);
  for (const token of [one, twin])
    expect(await target.send(event(`Bearer ${token}`))).toMatchObject({ status: 200 });
  const until = Math.floor(time / 1_000) + 3_600;
  items.push({ pk: "TENANT#acme", sk: "REVOKED#TOKEN#token-1", v: 1, generation: "g1", until });
  time += 30_000;
  for (const token of [one, twin])
    expect(await target.send(event(`Bearer ${token}`))).toMatchObject({
      status: 403,
      code: "revoked",
    });
});

test("the signature of a twin is verified although the other token was verified before", async () => {
  const target = sourceTarget(arena);
  const [one, twin] = signTwins();
  await target.send(event(`Bearer ${one}`));
  expect(await target.send(event(`Bearer ${twin}`))).toMatchObject({ status: 200 });
  const forged = `${one.slice(0, -8)}AAAAAAAA`;
  expect(await target.send(event(`Bearer ${forged}`))).toMatchObject({
    status: 401,
    code: "signature_invalid",
  });
});

test("both twins expire with the token", async () => {
  let time = Date.now();
  const target = sourceTarget(arena, { now: () => time, reader: inMemoryReader(arena.items) });
  const both = signTwins();
  for (const token of both)
    expect(await target.send(event(`Bearer ${token}`))).toMatchObject({ status: 200 });
  time += 640_000;
  for (const token of both)
    expect(await target.send(event(`Bearer ${token}`))).toMatchObject({ status: 401, code: "token_expired" });
});
