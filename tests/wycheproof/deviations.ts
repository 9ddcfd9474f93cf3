/** The files that are verified. The algorithm is that of vectors that are not JWSs; a JWS names its own. */
export const FILES: readonly (readonly [file: string, algorithm: string])[] = [
  ["json_web_crypto_test.json", ""],
  ["json_web_key_test.json", ""],
  ["json_web_signature_test.json", ""],
  ["ecdsa_secp256r1_sha256_p1363_test.json", "ES256"],
  ["ecdsa_secp384r1_sha384_p1363_test.json", "ES384"],
  ["ecdsa_secp521r1_sha512_p1363_test.json", "ES512"],
  ["ed25519_test.json", "EdDSA"],
  ["rsa_signature_2048_sha256_test.json", "RS256"],
  ["rsa_signature_3072_sha384_test.json", "RS384"],
  ["rsa_signature_4096_sha512_test.json", "RS512"],
  ["rsa_pss_2048_sha256_mgf1_32_test.json", "PS256"],
  ["rsa_pss_2048_sha384_mgf1_48_test.json", "PS384"],
  ["rsa_pss_4096_sha512_mgf1_64_test.json", "PS512"],
];

/** Vectors whose result differs from Wycheproof's, and the reason. */
export interface Deviation {
  readonly file: string;
  readonly ids: readonly number[];
  readonly reason: string;
}

const SYMMETRIC = "the key is symmetric, and no issuer signs with a secret that the API shares";
const EMPTY = "the payload is empty, and a JWT's payload is a JSON object";
const OTHER_ALGORITHM = "the key's alg is PS256 and the header's is PS384, so the key is not for this token";
const UNKNOWN_ALGORITHM = "the key's alg is ES521, which does not exist: ES512 is meant";

export const DEVIATIONS: readonly Deviation[] = [
  { file: "json_web_crypto_test.json", ids: [1, 48], reason: SYMMETRIC },
  { file: "json_web_key_test.json", ids: [2, 13, 14, 15], reason: SYMMETRIC },
  {
    file: "json_web_signature_test.json",
    ids: [1, 348, 352, 357, 358, 359, 372, 373, 376, 377],
    reason: SYMMETRIC,
  },
  { file: "json_web_signature_test.json", ids: [259, 264, 268, 272, 320, 325], reason: EMPTY },
  { file: "json_web_signature_test.json", ids: [346, 350], reason: OTHER_ALGORITHM },
  { file: "json_web_signature_test.json", ids: [347, 351], reason: UNKNOWN_ALGORITHM },
];
