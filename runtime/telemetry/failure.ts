import { AuthenticationError, InternalError } from "../../core/model/errors.ts";

/** A request that could not be decided: the status that API Gateway returns, and why. */
export interface Failure {
  readonly outcome: "unauthorized" | "error";
  readonly status: 401 | 500;
  readonly code: string;
  readonly error: unknown;
}

/**
 * Maps an error to a failure: an {@link AuthenticationError} to 401, every other error to 500. A failure is never
 * an Allow, and never a Deny, because a Deny could be cached.
 *
 * @example
 * import { AuthenticationError } from "../../core/model/errors.ts";
 * import { toFailure } from "./failure.ts";
 *
 * toFailure(new AuthenticationError("token_expired", "The token has expired")).status; // => 401
 * toFailure(new TypeError("a bug")).code; // => "internal_error"
 */
export function toFailure(error: unknown): Failure {
  if (error instanceof AuthenticationError)
    return { outcome: "unauthorized", status: 401, code: error.code, error };
  const code = error instanceof InternalError ? error.code : "internal_error";
  return { outcome: "error", status: 500, code, error };
}

/** Returns whether a result is a failure, and not a response. */
export const isFailure = (result: object): result is Failure => "error" in result && "outcome" in result;
