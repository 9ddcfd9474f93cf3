import { constants, KeyObject, type VerifyKeyObjectInput, verify, webcrypto } from "node:crypto";

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
    const scheme = knownScheme(algorithm, key);
    if (scheme === undefined || !(signature instanceof Uint8Array && data instanceof Uint8Array))
      return native(algorithm, key, signature, data);
    return verify(scheme.digest, data, scheme.input, signature);
  };

interface Wanted {
  readonly name: string;
  readonly hash?: unknown;
  readonly saltLength?: unknown;
}

interface Scheme {
  /** Null where the signature's own kind has one. */
  readonly digest: string | null;
  readonly input: KeyObject | VerifyKeyObjectInput;
}

/** What each key was last asked to verify by; jose asks a key for one thing only. */
const last = new WeakMap<CryptoKey, { readonly wanted: Wanted; readonly scheme: Scheme }>();

function knownScheme(algorithm: Algorithm, key: CryptoKey): Scheme | undefined {
  if (typeof algorithm === "string") return undefined;
  const { name, hash, saltLength } = algorithm as Wanted;
  const known = last.get(key);
  if (known?.wanted.name === name && known.wanted.hash === hash && known.wanted.saltLength === saltLength)
    return known.scheme;
  const wanted = { name, hash, saltLength };
  const scheme = schemeOf(wanted, key);
  if (scheme !== undefined) last.set(key, { wanted, scheme });
  return scheme;
}

const DIGESTS: ReadonlyMap<unknown, string> = new Map([
  ["SHA-256", "sha256"],
  ["SHA-384", "sha384"],
  ["SHA-512", "sha512"],
]);

/** Of RSA-PSS, in bytes: as long as the digest (RFC 7518, section 3.5). */
const SALTS: Readonly<Record<string, number>> = { sha256: 32, sha384: 48, sha512: 64 };

function schemeOf({ name, hash, saltLength }: Wanted, key: CryptoKey): Scheme | undefined {
  if (key.type !== "public" || key.algorithm.name !== name || !key.usages.includes("verify"))
    return undefined;
  const publicKey = KeyObject.from(key);
  if (name === "Ed25519") return { digest: null, input: publicKey };
  const digest = DIGESTS.get(hash);
  if (digest === undefined) return undefined;
  if (name === "ECDSA") return { digest, input: { key: publicKey, dsaEncoding: "ieee-p1363" } };
  // An RSA key is for one hash.
  if ((key.algorithm as Partial<webcrypto.RsaHashedKeyAlgorithm>).hash?.name !== hash) return undefined;
  if (name === "RSASSA-PKCS1-v1_5") return { digest, input: publicKey };
  if (name === "RSA-PSS" && saltLength === SALTS[digest])
    return {
      digest,
      input: { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: SALTS[digest] },
    };
  return undefined;
}
