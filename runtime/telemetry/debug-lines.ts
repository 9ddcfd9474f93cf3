import { isFailure } from "./failure.ts";
import { type Log, printLogLine } from "./log.ts";
import { stepTimes, type TelemetrySink } from "./telemetry.ts";

/**
 * Creates a sink that logs one more line for each decision, with the whole response and the duration of each step.
 * The response contains verified claims only.
 */
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
        stepsMs: stepTimes(decided),
        // The key of a usage plan is a secret.
        ...(!isFailure(result) && { response: { ...result.response, usageIdentifierKey: undefined } }),
      }),
    );
  };
