import { AuthenticationError, InternalError } from "../../core/model/errors.ts";

/** No answer: what API Gateway is to make of it, and why. */
export interface Failure {
  readonly outcome: "unauthorized" | "error";
  readonly status: 401 | 500;
  readonly code: string;
  readonly error: unknown;
}

/** The caller's fault is a 401, everything else a 500: never an Allow, and never a Deny that could be cached. */
export function toFailure(error: unknown): Failure {
  if (error instanceof AuthenticationError)
    return { outcome: "unauthorized", status: 401, code: error.code, error };
  const code = error instanceof InternalError ? error.code : "internal_error";
  return { outcome: "error", status: 500, code, error };
}

export const isFailure = (result: object): result is Failure => "error" in result && "outcome" in result;
