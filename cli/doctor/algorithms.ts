import type { JWK } from "jose";
import type { IssuerDefinition } from "../../core/policy-files/model/issuer-presets.ts";
import type { IssuerConfig } from "../../runtime/jwt/issuer-config.ts";

/** Returns the algorithms that an issuer's tokens may have: those of Terraform's list that its preset uses too. */
export const algorithmsFor = (
  { algorithms }: IssuerConfig,
  definition: Pick<IssuerDefinition, "algorithms"> | undefined,
): readonly string[] =>
  algorithms.filter((name) => definition?.algorithms === undefined || definition.algorithms.includes(name));

/** RFC 7518, section 3.4: each ECDSA algorithm has exactly one curve. */
const CURVES: Readonly<Record<string, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

/** Returns whether a key can verify signatures of an algorithm. */
export function fitsAlgorithm({ kty, crv, alg }: JWK, algorithm: string): boolean {
  if (alg !== undefined && alg !== algorithm) return false;
  if (/^[RP]S/.test(algorithm)) return kty === "RSA";
  if (algorithm === "EdDSA") return kty === "OKP" && crv === "Ed25519";
  return kty === "EC" && crv === CURVES[algorithm];
}
