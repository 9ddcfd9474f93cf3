import { type Failure, isFailure } from "../../runtime/telemetry/failure.ts";
import type { AdaptedResponse } from "./events/event-adapter.ts";

/**
 * Returns the response, or throws an error for a failure. API Gateway makes a 401 of the exact message `Unauthorized`,
 * and a 500 of every other message. Lambda logs what is thrown, so the error has no stack: the decision's line has the
 * position of a bug. The stack is empty and not absent, because Lambda's runtime splits it.
 */
export function respond(result: AdaptedResponse | Failure): AdaptedResponse["response"] {
  if (!isFailure(result)) return result.response;
  const error = new Error(result.status === 401 ? "Unauthorized" : `No decision: ${result.code}`);
  error.stack = "";
  throw error;
}
