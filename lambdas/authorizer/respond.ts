import { type Failure, isFailure } from "../../runtime/telemetry/failure.ts";
import type { AdaptedResponse } from "./events/event-adapter.ts";

/**
 * What the Lambda returns or throws. API Gateway takes the message `Unauthorized`, and no other, for a 401.
 */
export function respond(result: AdaptedResponse | Failure): AdaptedResponse["response"] {
  if (!isFailure(result)) return result.response;
  throw new Error(result.status === 401 ? "Unauthorized" : `No decision: ${result.code}`);
}
