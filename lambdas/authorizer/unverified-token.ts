import { decodeJwt, decodeProtectedHeader, type JWTPayload, type ProtectedHeaderParameters } from "jose";
import type { UnverifiedToken } from "../../core/bearer-token.ts";
import { UnauthorizedError } from "../../core/errors.ts";

/** A token's header and claims as anybody may have written them: good for choosing what to verify with, nothing else. */
export interface UnverifiedContent {
  readonly header: ProtectedHeaderParameters;
  readonly unverifiedClaims: JWTPayload;
}

/** @throws UnauthorizedError `token_malformed` */
export function decodeUnverified(token: UnverifiedToken): UnverifiedContent {
  try {
    return { header: decodeProtectedHeader(token), unverifiedClaims: decodeJwt(token) };
  } catch (cause) {
    throw new UnauthorizedError("token_malformed", "The token's header and payload are not JSON objects", {
      cause,
    });
  }
}
