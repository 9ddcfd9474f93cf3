import { afterAll, beforeAll, expect, test } from "vitest";
import { event } from "../support/fixtures.ts";
import { type Arena, curvePair, startArena } from "./support/arena.ts";
import { type Attack, attackGround } from "./support/describe-attacks.ts";
import { readerOf, sourceFront } from "./support/fronts.ts";
import { bytes, ecdsa, rs256, type Signing } from "./support/raw-token.ts";

const describeAttacks = attackGround();

const FORGED = [401, "signature_invalid"] as const;
const SPELLED = [401, "token_malformed"] as const;

/** The order of the curve P-256: s and n - s are signatures of the same text. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const number = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
const pairOf = (r: bigint, s: bigint): Signing => bytes(Buffer.concat([number(r), number(s)]));

/** Changes a good signature's bytes. */
const changed =
  (signing: Signing, change: (signature: Buffer) => Uint8Array): Signing =>
  (input) =>
    change(Buffer.from(signing(input)));

const negateS = (signature: Buffer): Buffer => {
  const s = BigInt(`0x${signature.subarray(32).toString("hex")}`);
  return Buffer.concat([signature.subarray(0, 32), number(ORDER - s)]);
};

const others = { p256: curvePair("P-256"), p384: curvePair("P-384"), secp256k1: curvePair("secp256k1") };

describeAttacks("ECDSA signatures", [
  {
    title: "the token that these forgeries begin with is allowed",
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
      title: `of which ${title} are refused`,
      send: ({ curveToken }) => curveToken({}, {}, pairOf(r, s)),
      gets: FORGED,
    }),
  ),
  {
    title: "as DER are refused",
    send: ({ curveToken, pairs }) => curveToken({}, {}, ecdsa(pairs.p256.privateKey, "sha256", "der")),
    gets: FORGED,
  },
  ...([0, 1, 63, 65, 96, 128] as const).map(
    (length): Attack => ({
      title: `of ${length} bytes are refused`,
      send: ({ curveToken, pairs }) =>
        curveToken(
          {},
          {},
          changed(ecdsa(pairs.p256.privateKey), (good) => Buffer.concat([good, good]).subarray(0, length)),
        ),
      gets: length === 0 ? SPELLED : FORGED,
    }),
  ),
  {
    title: "of r and s exchanged are refused",
    send: ({ curveToken, pairs }) =>
      curveToken(
        {},
        {},
        changed(ecdsa(pairs.p256.privateKey), (good) =>
          Buffer.concat([good.subarray(32), good.subarray(0, 32)]),
        ),
      ),
    gets: FORGED,
  },
  {
    title: "of a stranger's key are refused",
    send: ({ curveToken }) => curveToken({}, {}, ecdsa(others.p256.privateKey)),
    gets: FORGED,
  },
  {
    title: "of another curve of the same length are refused",
    send: ({ curveToken }) => curveToken({}, {}, ecdsa(others.secp256k1.privateKey)),
    gets: FORGED,
  },
  {
    title: "ES256 with the issuer's P-384 key are refused",
    send: ({ curveToken, pairs }) => curveToken({}, { kid: "p384" }, ecdsa(pairs.p384.privateKey)),
    gets: [401, "key_unknown"],
  },
  {
    title: "ES384 with the issuer's P-256 key are refused",
    send: ({ curveToken, pairs }) => curveToken({}, { alg: "ES384" }, ecdsa(pairs.p256.privateKey, "sha384")),
    gets: [401, "key_unknown"],
  },
  {
    title: "ES256 made with the P-384 key under the P-256 key's name are refused",
    send: ({ curveToken, pairs }) => curveToken({}, {}, ecdsa(pairs.p384.privateKey)),
    gets: FORGED,
  },
  {
    title: "ES384 with the issuer's P-384 key are good",
    send: ({ curveToken, pairs }) =>
      curveToken({}, { alg: "ES384", kid: "p384" }, ecdsa(pairs.p384.privateKey, "sha384")),
    gets: [200],
  },
  {
    title: "have a twin, n - s, that is as good: the same caller, no more",
    send: ({ curveToken, pairs }) => curveToken({}, {}, changed(ecdsa(pairs.p256.privateKey), negateS)),
    gets: [200],
    and: ({ answer }) => expect(answer?.context).toMatchObject({ tenantId: "acme", userId: "ann" }),
  },
]);

describeAttacks("RSA signatures", [
  ...([0, 1, 255, 257, 512] as const).map(
    (length): Attack => ({
      title: `of ${length} bytes are refused`,
      send: ({ token, pairs }) =>
        token(
          {},
          {},
          changed(rs256(pairs.main.privateKey), (good) => Buffer.concat([good, good]).subarray(0, length)),
        ),
      gets: length === 0 ? SPELLED : FORGED,
    }),
  ),
  ...([0x00, 0xff] as const).map(
    (byte): Attack => ({
      title: `of nothing but bytes ${byte} are refused`,
      send: ({ token }) => token({}, {}, bytes(Buffer.alloc(256, byte))),
      gets: FORGED,
    }),
  ),
  {
    title: "with a leading zero byte more are refused",
    send: ({ token, pairs }) =>
      token(
        {},
        {},
        changed(rs256(pairs.main.privateKey), (good) => Buffer.concat([Buffer.alloc(1), good])),
      ),
    gets: FORGED,
  },
  {
    title: "in a second spelling of base64url, with bits that no byte uses, are refused",
    send: ({ token }) => {
      const good = token();
      const next = { A: "B", Q: "R", g: "h", w: "x" }[good.at(-1) ?? ""];
      return `${good.slice(0, -1)}${next}`;
    },
    gets: SPELLED,
  },
  {
    title: "of another token of the same issuer are refused",
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

/** Two tokens that differ in the signature alone, and both are good. */
function twins(): [string, string] {
  const one = arena.curveToken();
  const [header, payload, signature = ""] = one.split(".");
  const twin = negateS(Buffer.from(signature, "base64url")).toString("base64url");
  return [one, [header, payload, twin].join(".")];
}

test("a revocation by the token's id reaches both twins of a signature, seen before or not", async () => {
  const items = [...arena.items];
  let time = Date.now();
  const apiType = sourceFront(arena, { now: () => time, reader: readerOf(items) });
  const [one, twin] = twins();
  expect(one).not.toBe(twin);
  for (const token of [one, twin])
    expect(await apiType.ask(event(`Bearer ${token}`))).toMatchObject({ status: 200 });
  const until = Math.floor(time / 1_000) + 3_600;
  items.push({ pk: "TENANT#acme", sk: "REVOKED#TOKEN#token-1", v: 1, until });
  time += 30_000;
  for (const token of [one, twin])
    expect(await apiType.ask(event(`Bearer ${token}`))).toMatchObject({
      status: 403,
      code: "revoked",
    });
});

test("a twin is not taken for the token that was seen before: its signature is verified by itself", async () => {
  const apiType = sourceFront(arena);
  const [one, twin] = twins();
  await apiType.ask(event(`Bearer ${one}`));
  expect(await apiType.ask(event(`Bearer ${twin}`))).toMatchObject({ status: 200 });
  const forged = `${one.slice(0, -8)}AAAAAAAA`;
  expect(await apiType.ask(event(`Bearer ${forged}`))).toMatchObject({
    status: 401,
    code: "signature_invalid",
  });
});

test("both twins end with the token", async () => {
  let time = Date.now();
  const apiType = sourceFront(arena, { now: () => time, reader: readerOf(arena.items) });
  const both = twins();
  for (const token of both)
    expect(await apiType.ask(event(`Bearer ${token}`))).toMatchObject({ status: 200 });
  time += 640_000;
  for (const token of both)
    expect(await apiType.ask(event(`Bearer ${token}`))).toMatchObject({ status: 401, code: "token_expired" });
});
