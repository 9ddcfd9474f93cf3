import { UnauthorizedError, UnavailableError } from "../../core/errors.ts";
import type { FrontAnswer } from "./edge.ts";

/** No answer: what API Gateway is to make of it, and why. */
export interface Failure {
  readonly outcome: "unauthorized" | "error";
  readonly status: 401 | 500;
  readonly code: string;
  readonly error: unknown;
}

/** The caller's fault is a 401, everything else a 500: never an Allow, and never a Deny that could be cached. */
export function toFailure(error: unknown): Failure {
  if (error instanceof UnauthorizedError)
    return { outcome: "unauthorized", status: 401, code: error.code, error };
  const code = error instanceof UnavailableError ? error.code : "internal_error";
  return { outcome: "error", status: 500, code, error };
}

export const isFailure = (result: FrontAnswer | Failure): result is Failure => "error" in result;

/**
 * What the Lambda returns or throws. API Gateway takes the message `Unauthorized`, and no other, for a 401.
 */
export function respond(result: FrontAnswer | Failure): FrontAnswer["response"] {
  if (!isFailure(result)) return result.response;
  throw new Error(result.status === 401 ? "Unauthorized" : `No decision: ${result.code}`);
}
