const MIN_RSA_BITS = 2_048;

/** Members of a public key, as strings where they have any meaning. */
type Encoded = string | undefined;

/**
 * Returns whether an RSA key has 2,048 bits or more, an odd exponent above 1 (with 1 everyone can forge signatures),
 * and no fingerprint of ROCA.
 */
export function isStrongRsa(n: Encoded, e: Encoded): boolean {
  const [modulus, exponent] = [decodeNumber(n), decodeNumber(e)];
  return bitLength(modulus) >= MIN_RSA_BITS && exponent > 1n && exponent % 2n === 1n && !isRoca(modulus);
}

/** The odd primes up to 701, whose powers form the primes of every ROCA key of 1,984 bits or more. */
const PRIMES = Array.from({ length: 700 }, (_, index) => index + 2).filter(
  (n, _, all) => n > 2 && all.every((divisor) => divisor * divisor > n || n % divisor !== 0),
);

/**
 * Returns whether Infineon's library made a modulus, so that its factors can be computed (CVE-2017-15361): it is a
 * power of 65,537 modulo each of the small primes. Of 2^167 other moduli one is.
 * https://crocs.fi.muni.cz/public/papers/rsa_ccs17
 */
const isRoca = (modulus: bigint): boolean =>
  PRIMES.every((prime) => isPower(Number(modulus % BigInt(prime)), prime));

function isPower(residue: number, prime: number): boolean {
  let power = 1;
  do {
    if (power === residue) return true;
    power = (power * 65_537) % prime;
  } while (power !== 1);
  return false;
}

const FIELD = 2n ** 255n - 19n;
/** A y coordinate of the points of order 8. */
const ORDER_8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
/** The y coordinates of the eight points whose order divides 8: the orders 1, 2, 4 and 8. */
const LOW_ORDER = [1n, FIELD - 1n, 0n, ORDER_8, FIELD - ORDER_8];

/**
 * Returns whether an Ed25519 key is a point of low order, for which everyone can forge signatures. The bit for the sign
 * of x does not matter, and y is reduced, because OpenSSL accepts an encoding that is not canonical.
 * https://eprint.iacr.org/2020/1244
 */
export function isLowOrder(x: Encoded): boolean {
  const y = decodeNumber(x, "little") % 2n ** 255n;
  return LOW_ORDER.includes(y % FIELD);
}

/** Decodes a number. A value that is missing is 0. */
function decodeNumber(value: Encoded, endian: "big" | "little" = "big"): bigint {
  const bytes = Buffer.from(value ?? "", "base64url");
  if (endian === "little") bytes.reverse();
  return BigInt(`0x0${bytes.toString("hex")}`);
}

const bitLength = (number: bigint): number => (number === 0n ? 0 : number.toString(2).length);
