import { isFailure } from "./failure.ts";
import { type Log, printLogLine } from "./log.ts";
import { stepsOf, type TelemetrySink } from "./telemetry.ts";

/** One more line a decision: what was returned, whole, and how long each step took. All of it is of verified claims. */
export const debugLines =
  (log: Log): TelemetrySink =>
  (decided) => {
    const { result, decision, metadata } = decided;
    const { requestId, correlationId } = metadata;
    log(
      printLogLine({
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
