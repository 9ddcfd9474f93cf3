import type { JWK } from "jose";
import type { IssuerDefinition } from "../../core/policy-files/model/issuer-presets.ts";
import type { IssuerConfig } from "../../runtime/jwt/issuer-config.ts";

/** What an issuer's tokens may be signed with: Terraform's list, within what its preset signs with. */
export const algorithmsFor = (
  { algorithms }: IssuerConfig,
  definition: Pick<IssuerDefinition, "algorithms"> | undefined,
): readonly string[] =>
  algorithms.filter((name) => definition?.algorithms === undefined || definition.algorithms.includes(name));

/** RFC 7518, section 3.4: an ECDSA algorithm goes with one curve. */
const CURVES: Readonly<Record<string, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

/** Whether a signature by this algorithm could be verified with this key. */
export function fitsAlgorithm({ kty, crv, alg }: JWK, algorithm: string): boolean {
  if (alg !== undefined && alg !== algorithm) return false;
  if (/^[RP]S/.test(algorithm)) return kty === "RSA";
  if (algorithm === "EdDSA") return kty === "OKP" && crv === "Ed25519";
  return kty === "EC" && crv === CURVES[algorithm];
}
