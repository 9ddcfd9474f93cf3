import { errors } from "jose";
import { AuthenticationError, type AuthenticationErrorCode } from "../../core/model/errors.ts";

const FAILURES: Readonly<Record<string, readonly [AuthenticationErrorCode, string]>> = {
  [errors.JOSEAlgNotAllowed.code]: [
    "algorithm_not_allowed",
    "The token's algorithm is not one of its issuer's",
  ],
  [errors.JOSENotSupported.code]: ["token_malformed", "The token's header asks for what is not supported"],
  [errors.JWSInvalid.code]: ["token_malformed", "The token is not a valid JWS"],
  [errors.JWSSignatureVerificationFailed.code]: [
    "signature_invalid",
    "The token's signature does not verify",
  ],
};

/** What jose found wrong with a token, in our codes; whatever is not the token's fault stays as it is. */
export function unauthorizedFrom(error: unknown, issuer: string): unknown {
  const [code, message] = (error instanceof errors.JOSEError ? FAILURES[error.code] : undefined) ?? [];
  return code === undefined || message === undefined
    ? error
    : new AuthenticationError(code, message, { issuer, cause: error });
}
