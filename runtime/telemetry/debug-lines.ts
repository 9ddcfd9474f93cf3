import { isFailure } from "./failure.ts";
import { type Log, toLine } from "./log.ts";
import { type Report, stepsOf } from "./telemetry.ts";

/** One more line a decision: what was returned, whole, and how long each step took. All of it is of verified claims. */
export const debugLines =
  (log: Log): Report =>
  (decided) => {
    const { result, decision, circumstances } = decided;
    const { requestId, correlationId } = circumstances;
    log(
      toLine({
        level: "debug",
        message: "decision detail",
        requestId,
        correlationId,
        group: decision["group"],
        stepsMs: stepsOf(decided),
        // The key of a usage plan is nobody's to read.
        ...(!isFailure(result) && { response: { ...result.response, usageIdentifierKey: undefined } }),
      }),
    );
  };
