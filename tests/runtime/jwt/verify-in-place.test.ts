import { webcrypto } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { inPlace } from "../../../runtime/jwt/verify-in-place.ts";

const { subtle } = webcrypto;
type Key = webcrypto.CryptoKey;
type Algorithm = Parameters<typeof subtle.verify>[0];

/** WebCrypto's own, whatever stands before it. */
const native: typeof subtle.verify = (...given) =>
  (Object.getPrototypeOf(subtle) as typeof subtle).verify.apply(subtle, given);

const DATA = Buffer.from("header.payload");
const publicExponent = new Uint8Array([1, 0, 1]);
const rsa = (name: string, bits: number) => ({
  name,
  hash: `SHA-${bits}`,
  modulusLength: 2_048,
  publicExponent,
});

/** As jose generates and uses them, by the name of JWS. */
const SCHEMES: Readonly<Record<string, readonly [make: object, verify: object]>> = {
  ...Object.fromEntries(
    [256, 384, 512].flatMap((bits) => [
      [`RS${bits}`, [rsa("RSASSA-PKCS1-v1_5", bits), { name: "RSASSA-PKCS1-v1_5", hash: `SHA-${bits}` }]],
      [`PS${bits}`, [rsa("RSA-PSS", bits), { name: "RSA-PSS", hash: `SHA-${bits}`, saltLength: bits / 8 }]],
    ]),
  ),
  ES256: [
    { name: "ECDSA", namedCurve: "P-256" },
    { name: "ECDSA", hash: "SHA-256" },
  ],
  ES384: [
    { name: "ECDSA", namedCurve: "P-384" },
    { name: "ECDSA", hash: "SHA-384" },
  ],
  ES512: [
    { name: "ECDSA", namedCurve: "P-521" },
    { name: "ECDSA", hash: "SHA-512" },
  ],
  EdDSA: [{ name: "Ed25519" }, { name: "Ed25519" }],
};

async function keysFor(make: object): Promise<{ publicKey: Key; privateKey: Key }> {
  return (await subtle.generateKey(make as never, true, ["sign", "verify"])) as never;
}

/** A signature, and what somebody may make of it. */
function variants(good: Buffer): Buffer[] {
  const flipped = [0, good.length >> 1, good.length - 1].map((at) => {
    const other = Buffer.from(good);
    other[at] = (other[at] ?? 0) ^ 1;
    return other;
  });
  const half = good.length >> 1;
  return [
    good,
    ...flipped,
    Buffer.alloc(0),
    good.subarray(1),
    good.subarray(0, -1),
    Buffer.concat([good, Buffer.alloc(1)]),
    Buffer.concat([Buffer.alloc(1), good]),
    Buffer.alloc(good.length),
    Buffer.alloc(good.length, 0xff),
    Buffer.concat([good.subarray(half), good.subarray(0, half)]),
    Buffer.concat([good.subarray(0, half), Buffer.alloc(half)]),
    Buffer.concat([Buffer.alloc(half), good.subarray(half)]),
  ];
}

/** True, false, or the name of what is thrown. */
const outcome = (result: Promise<boolean>): Promise<unknown> =>
  result.catch((error: Error) => `throws ${error.name}`);

describe.each(Object.entries(SCHEMES))("%s", (_, [make, algorithm]) => {
  test("holds and fails as WebCrypto's own, which is not asked", async () => {
    const asked = vi.fn(native);
    const { publicKey, privateKey } = await keysFor(make);
    const good = Buffer.from(await subtle.sign(algorithm as never, privateKey, DATA));
    for (const signature of variants(good))
      for (const data of [DATA, Buffer.from("header.other"), Buffer.alloc(0)])
        expect(await outcome(inPlace(asked)(algorithm as Algorithm, publicKey, signature, data))).toBe(
          await outcome(native(algorithm as Algorithm, publicKey, signature, data)),
        );
    expect(await inPlace(asked)(algorithm as Algorithm, publicKey, good, DATA)).toBe(true);
    expect(asked).not.toHaveBeenCalled();
  });

  test("a key for signing, for another scheme, or not for verifying gets what WebCrypto's own gives it", async () => {
    const { publicKey, privateKey } = await keysFor(make);
    const good = Buffer.from(await subtle.sign(algorithm as never, privateKey, DATA));
    const jwk = await subtle.exportKey("jwk", publicKey);
    const { key_ops: _, ...unbound } = jwk;
    const idle = await subtle.importKey("jwk", unbound, make as never, true, []);
    const others = await Promise.all(Object.values(SCHEMES).map(([other]) => keysFor(other)));
    const mine = JSON.stringify(publicKey.algorithm, (name, value: unknown) =>
      name === "publicExponent" ? undefined : value,
    );
    for (const key of [privateKey, idle, ...others.map((other) => other.publicKey)]) {
      const same = JSON.stringify(key.algorithm, (name, value: unknown) =>
        name === "publicExponent" ? undefined : value,
      );
      const result = await outcome(inPlace(native)(algorithm as Algorithm, key, good, DATA));
      expect(result).toBe(await outcome(native(algorithm as Algorithm, key, good, DATA)));
      if (same !== mine || key.type === "private") expect(result).not.toBe(true);
    }
  });
});

test("salts that no JWT has are WebCrypto's own to judge", async () => {
  const { publicKey, privateKey } = await keysFor(rsa("RSA-PSS", 256));
  const algorithm = (saltLength: unknown) => ({ name: "RSA-PSS", hash: "SHA-256", saltLength }) as never;
  for (const salt of [0, 20, 32, 222]) {
    const signature = Buffer.from(await subtle.sign(algorithm(salt), privateKey, DATA));
    for (const asked of [0, 20, 32, 32.7, 0.5, 222, 223, 1e9, 2 ** 32 + 32, -1, -2, "32", null, undefined])
      expect(await outcome(inPlace(native)(algorithm(asked), publicKey, signature, DATA))).toBe(
        await outcome(native(algorithm(asked), publicKey, signature, DATA)),
      );
  }
});

test("algorithms that no JWT is signed with are WebCrypto's own to verify", async () => {
  const asked = vi.fn(native);
  const hmac = await subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign", "verify"]);
  const mac = Buffer.from(await subtle.sign("HMAC", hmac, DATA));
  expect(await inPlace(asked)("HMAC", hmac, mac, DATA)).toBe(true);
  const { publicKey, privateKey } = await keysFor(rsa("RSA-PSS", 256));
  const salted = { name: "RSA-PSS", saltLength: 32 };
  const signature = Buffer.from(await subtle.sign(salted, privateKey, DATA));
  expect(await inPlace(asked)(salted, publicKey, signature, DATA)).toBe(true);
  expect(await inPlace(asked)({ ...salted, saltLength: 20 }, publicKey, signature, DATA)).toBe(false);
  const sha1 = await keysFor({ ...rsa("RSASSA-PKCS1-v1_5", 256), hash: "SHA-1" });
  const weak = Buffer.from(await subtle.sign("RSASSA-PKCS1-v1_5", sha1.privateKey, DATA));
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-1" };
  expect(await inPlace(asked)(algorithm, sha1.publicKey, weak, DATA)).toBe(true);
  expect(asked).toHaveBeenCalledTimes(4);
});
