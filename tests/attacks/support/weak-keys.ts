import {
  checkPrimeSync,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  randomInt,
  verify,
} from "node:crypto";
import type { JWK } from "jose";
import type { Signing } from "./raw-token.ts";

const ORDER_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03";
const ITS_NEGATIVE = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc";

/** Every encoding that OpenSSL could read as a point of Ed25519 whose order divides 8. */
export const LOW_ORDER: Readonly<Record<string, string>> = {
  "the identity": `01${"00".repeat(31)}`,
  "the identity with the sign bit": `01${"00".repeat(30)}80`,
  "the identity as p + 1": `ee${"ff".repeat(30)}7f`,
  "the identity as p + 1 with the sign bit": `ee${"ff".repeat(31)}`,
  "order 2": `ec${"ff".repeat(30)}7f`,
  "order 2 with the sign bit": `ec${"ff".repeat(31)}`,
  "order 4": "00".repeat(32),
  "order 4 with the sign bit": `${"00".repeat(31)}80`,
  "order 4 as p": `ed${"ff".repeat(30)}7f`,
  "order 4 as p with the sign bit": `ed${"ff".repeat(31)}`,
  "order 8, first": `${ITS_NEGATIVE}05`,
  "order 8, second": `${ITS_NEGATIVE}85`,
  "order 8, third": `${ORDER_8}7a`,
  "order 8, fourth": `${ORDER_8}fa`,
};

/** Makes an Ed25519 key of the bytes of a point. */
export const pointKey = (hex: string, kid: string): JWK => ({
  kty: "OKP",
  crv: "Ed25519",
  x: Buffer.from(hex, "hex").toString("base64url"),
  kid,
});

/**
 * Forges a signature for a key of low order: a point of low order and the factor 0. Which point is right depends on
 * the hash, so all are tried. Returns undefined if none is.
 */
export function forgeWithLowOrder(jwk: JWK, input: string): Uint8Array | undefined {
  const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
  return Object.values(LOW_ORDER)
    .map((point) => Buffer.concat([Buffer.from(point, "hex"), Buffer.alloc(32)]))
    .find((signature) => verify(null, Buffer.from(input), key, signature));
}

/** Finds a token with a forged signature, by trying different claims. Returns an unsigned one if there is none. */
export function forgedToken(jwk: JWK, makeToken: (jti: string, signing: Signing) => string): string {
  let token = "";
  for (let attempt = 0; attempt < 100; attempt++) {
    let forged: Uint8Array | undefined;
    token = makeToken(`forged-${attempt}`, (input) => {
      forged = forgeWithLowOrder(jwk, input);
      return forged ?? Buffer.alloc(64);
    });
    if (forged !== undefined) return token;
  }
  return token;
}

const PRIMES = Array.from({ length: 700 }, (_, index) => index + 2).filter((n) => checkPrimeSync(BigInt(n)));
const PRODUCT = PRIMES.reduce((product, prime) => product * BigInt(prime), 1n);

/** Makes a 2,048-bit RSA key as Infineon's library did: each prime is k · M + (65,537^a mod M). */
export function rocaPair(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  const [p, q] = [rocaPrime(), rocaPrime()];
  const [n, e] = [p * q, 65_537n];
  const d = inverse(e, (p - 1n) * (q - 1n));
  const members = { n, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const jwk = Object.fromEntries(Object.entries(members).map(([name, value]) => [name, encode(value)]));
  const privateKey = createPrivateKey({ key: { kty: "RSA", ...jwk }, format: "jwk" });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

function rocaPrime(): bigint {
  const least = 3n << 1022n;
  for (;;) {
    const factor = least / PRODUCT + 1n + BigInt(randomInt(2 ** 47));
    const prime = factor * PRODUCT + power(65_537n, BigInt(randomInt(2 ** 47)), PRODUCT);
    if (checkPrimeSync(prime)) return prime;
  }
}

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** Computes an inverse by Euclid's algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (a > 1n) [a, b, x, y] = [b % a, a, y - (b / a) * x, x];
  return ((x % modulus) + modulus) % modulus;
}

function encode(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
}
