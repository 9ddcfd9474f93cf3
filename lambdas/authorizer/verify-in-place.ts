import { constants, KeyObject, type SigningOptions, verify, webcrypto } from "node:crypto";

type CryptoKey = webcrypto.CryptoKey;
type WebVerify = typeof webcrypto.subtle.verify;
type Algorithm = Parameters<WebVerify>[0];

/**
 * Has `crypto.subtle.verify` verify at once, for jose has no other way to a signature. Node's own hands each to
 * another thread and waits for it, which takes longer than the signature, and a Lambda has nothing else to do
 * meanwhile. It is OpenSSL that verifies, as before; what jose checks of token and key, jose checks.
 */
export function verifySignaturesInPlace(): void {
  const { subtle } = webcrypto;
  subtle.verify = inPlace(subtle.verify.bind(subtle));
}

/** What is not a signature as JWTs have it, with a public key of its kind, is left to `native`. */
export const inPlace =
  (native: WebVerify): WebVerify =>
  async (algorithm, key, signature, data) => {
    const scheme = schemeOf(algorithm, key);
    if (scheme === undefined || !(signature instanceof Uint8Array && data instanceof Uint8Array))
      return native(algorithm, key, signature, data);
    return verify(scheme.digest, data, { ...scheme.options, key: keyObjectOf(key) }, signature);
  };

interface Scheme {
  /** Null where the signature's own kind has one. */
  readonly digest: string | null;
  readonly options: SigningOptions;
}

const DIGESTS: ReadonlyMap<unknown, string> = new Map([
  ["SHA-256", "sha256"],
  ["SHA-384", "sha384"],
  ["SHA-512", "sha512"],
]);

function schemeOf(algorithm: Algorithm, key: CryptoKey): Scheme | undefined {
  if (typeof algorithm === "string" || key.algorithm.name !== algorithm.name) return undefined;
  if (key.type !== "public" || !key.usages.includes("verify")) return undefined;
  if (algorithm.name === "Ed25519") return { digest: null, options: {} };
  const { hash, saltLength } = algorithm as { readonly hash?: unknown; readonly saltLength?: number };
  const digest = DIGESTS.get(hash);
  if (digest === undefined) return undefined;
  if (algorithm.name === "ECDSA") return { digest, options: { dsaEncoding: "ieee-p1363" } };
  if (hashOf(key) !== hash) return undefined;
  if (algorithm.name === "RSASSA-PKCS1-v1_5")
    return { digest, options: { padding: constants.RSA_PKCS1_PADDING } };
  if (algorithm.name === "RSA-PSS" && saltLength !== undefined && saltLength >= 0)
    return { digest, options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } };
  return undefined;
}

/** An RSA key is for one hash. */
const hashOf = ({ algorithm }: CryptoKey): unknown =>
  (algorithm as Partial<webcrypto.RsaHashedKeyAlgorithm>).hash?.name;

const keyObjects = new WeakMap<CryptoKey, KeyObject>();

function keyObjectOf(key: CryptoKey): KeyObject {
  const known = keyObjects.get(key);
  if (known !== undefined) return known;
  const made = KeyObject.from(key);
  keyObjects.set(key, made);
  return made;
}
