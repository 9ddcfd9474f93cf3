import { createHmac, type KeyObject, sign } from "node:crypto";

/** A header or payload: an object, or any string. */
type Part = string | Readonly<Record<string, unknown>>;

const toText = (part: Part): string => (typeof part === "string" ? part : JSON.stringify(part));

export const encode = (part: Part | Uint8Array): string =>
  Buffer.from(part instanceof Uint8Array ? part : toText(part)).toString("base64url");

/** Computes the signature of a string. */
export type Signing = (input: string) => Uint8Array;

/** Signs as RS256 does, with a key of any length and exponent. */
export const rs256 =
  (key: KeyObject): Signing =>
  (input) =>
    sign("sha256", Buffer.from(input), key);

/** Signs as ES256, ES384 and ES512 do, with any curve's key. */
export const ecdsa =
  (key: KeyObject, hash = "sha256", dsaEncoding: "ieee-p1363" | "der" = "ieee-p1363"): Signing =>
  (input) =>
    sign(hash, Buffer.from(input), { key, dsaEncoding });

export const hmac =
  (secret: string | Uint8Array, hash = "sha256"): Signing =>
  (input) =>
    createHmac(hash, secret).update(input).digest();

export const bytes =
  (signature: Uint8Array): Signing =>
  () =>
    signature;

/** Makes a compact JWS of any header, payload and signature, which libraries would reject. */
export function rawToken(header: Part, payload: Part | Uint8Array, signing: Signing): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${encode(signing(input))}`;
}
