import { errors } from "jose";
import { type UnauthorizedCode, UnauthorizedError } from "../../core/errors.ts";

const FAILURES: Readonly<Record<string, readonly [UnauthorizedCode, string]>> = {
  [errors.JOSEAlgNotAllowed.code]: [
    "algorithm_not_allowed",
    "The token's algorithm is not one of its issuer's",
  ],
  [errors.JOSENotSupported.code]: ["token_malformed", "The token's header asks for what is not supported"],
  [errors.JWSInvalid.code]: ["token_malformed", "The token is not a valid JWS"],
  [errors.JWTInvalid.code]: ["token_malformed", "The token's payload is not a JSON object"],
  [errors.JWTExpired.code]: ["token_expired", "The token has expired"],
  [errors.JWSSignatureVerificationFailed.code]: [
    "signature_invalid",
    "The token's signature does not verify",
  ],
};

const CLAIM_FAILURES: Readonly<Record<string, readonly [UnauthorizedCode, string]>> = {
  "nbf check_failed": ["token_not_yet_valid", "The token is not valid yet"],
  "iss check_failed": ["issuer_unknown", "The token's issuer is not trusted"],
};

/** What jose found wrong with a token, in our codes; whatever is not the token's fault stays as it is. */
export function unauthorizedFrom(error: unknown, issuer: string): unknown {
  const [code, message] = failureOf(error) ?? [];
  return code === undefined || message === undefined
    ? error
    : new UnauthorizedError(code, message, { issuer, cause: error });
}

function failureOf(error: unknown): readonly [UnauthorizedCode, string] | undefined {
  if (error instanceof errors.JWTClaimValidationFailed)
    return (
      CLAIM_FAILURES[`${error.claim} ${error.reason}`] ?? [
        "claims_invalid",
        `The token's claim ${error.claim} is missing or not valid`,
      ]
    );
  return error instanceof errors.JOSEError ? FAILURES[error.code] : undefined;
}
