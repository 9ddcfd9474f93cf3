import {
  type CryptoKey,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  type ProtectedHeaderParameters,
} from "jose";
import type { UnverifiedToken } from "../../core/bearer-token.ts";
import { UnauthorizedError } from "../../core/errors.ts";
import type { IssuerConfig } from "./issuer-config.ts";
import type { IssuerKeys, KeySet } from "./issuer-keys.ts";
import { unauthorizedFrom } from "./jose-failures.ts";

export interface SignatureCheck {
  readonly token: UnverifiedToken;
  readonly header: ProtectedHeaderParameters;
  readonly issuer: IssuerConfig;
  /** What `iss` must be: the issuer's URL, or one of its template. */
  readonly iss: string;
  readonly keys: IssuerKeys;
  readonly keySet: KeySet;
  readonly clockToleranceSeconds: number;
  /** The time in ms since 1970. */
  readonly at: number;
}

/** A payload whose signature, issuer and times hold, and the keys of which one has shown it. */
export interface SignedPayload {
  readonly payload: JWTPayload;
  readonly keySet: KeySet;
}

/**
 * Verifies a token's signature with its issuer's keys, and its issuer and times.
 *
 * @throws UnauthorizedError, or UnavailableError `keys_unreachable`
 */
export async function verifySignature(check: SignatureCheck): Promise<SignedPayload> {
  const { candidates, keySet } = await findKeys(check);
  const options: JWTVerifyOptions = {
    algorithms: [...check.issuer.algorithms],
    issuer: check.iss,
    requiredClaims: ["exp"],
    currentDate: new Date(check.at),
    clockTolerance: check.clockToleranceSeconds,
  };
  try {
    return { payload: await verifyWithAny(check.token, candidates, options), keySet };
  } catch (error) {
    throw unauthorizedFrom(error, check.issuer.name);
  }
}

/** The header chooses among the issuer's own keys by `alg` and `kid`; a key that it brings or points to counts for nothing. */
async function findKeys({
  header,
  issuer,
  keys,
  keySet,
}: SignatureCheck): Promise<{ candidates: CryptoKey[]; keySet: KeySet }> {
  const candidates = await matchingKeys(header, keySet, issuer.name);
  if (candidates.length > 0) return { candidates, keySet };
  const newer = await keys.newer(keySet);
  const found = newer === keySet ? [] : await matchingKeys(header, newer, issuer.name);
  if (found.length === 0)
    throw new UnauthorizedError("key_unknown", "The token's key is not one of its issuer's", {
      issuer: issuer.name,
    });
  return { candidates: found, keySet: newer };
}

/** A token that names no key is tried with each that fits, yet with no more than so many: anybody can send one. */
const MAX_CANDIDATES = 16;

/** Several for a token without `kid`. A key that cannot be imported is as good as absent. */
async function matchingKeys(
  header: ProtectedHeaderParameters,
  keySet: KeySet,
  issuer: string,
): Promise<CryptoKey[]> {
  try {
    return [await keySet.find(header)];
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return [];
    const found: CryptoKey[] = [];
    for await (const key of error) found.push(key);
    if (found.length > MAX_CANDIDATES)
      throw new UnauthorizedError(
        "key_unknown",
        `The token names no single key, and more than ${MAX_CANDIDATES} of its issuer's fit: have the issuer name it by kid`,
        { issuer },
      );
    return found;
  }
}

async function verifyWithAny(
  token: string,
  candidates: readonly CryptoKey[],
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let failure: unknown;
  for (const key of candidates) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      failure = error;
    }
  }
  throw failure;
}
