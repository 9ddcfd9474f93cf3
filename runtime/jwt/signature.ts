import {
  type CryptoKey,
  compactVerify,
  errors,
  type ProtectedHeaderParameters,
  type VerifyOptions,
} from "jose";
import type { UnverifiedToken } from "../../core/decision/bearer-token.ts";
import { AuthenticationError } from "../../core/model/errors.ts";
import type { IssuerConfig } from "./issuer-config.ts";
import type { IssuerKeys, KeySet } from "./issuer-keys.ts";
import { unauthorizedFrom } from "./jose-failures.ts";
import { verifySignaturesInPlace } from "./verify-in-place.ts";

verifySignaturesInPlace();

export interface SignatureCheck {
  readonly token: UnverifiedToken;
  readonly header: ProtectedHeaderParameters;
  readonly issuer: IssuerConfig;
  readonly keys: IssuerKeys;
  readonly keySet: KeySet;
}

/**
 * Verifies a token's signature with its issuer's keys, and gives those of which one has shown it.
 *
 * @throws UnauthorizedError, or UnavailableError `keys_unreachable`
 */
export async function verifySignature(check: SignatureCheck): Promise<KeySet> {
  const { candidates, keySet } = await findKeys(check);
  try {
    await verifyWithAny(check.token, candidates, { algorithms: [...check.issuer.algorithms] });
    return keySet;
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
    throw new AuthenticationError("key_unknown", "The token's key is not one of its issuer's", {
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
      throw new AuthenticationError(
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
  options: VerifyOptions,
): Promise<void> {
  let failure: unknown;
  for (const key of candidates) {
    try {
      await compactVerify(token, key, options);
      return;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      failure = error;
    }
  }
  throw failure;
}
