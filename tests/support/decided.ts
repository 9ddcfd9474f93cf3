import type { LogMetadata } from "../../runtime/telemetry/log.ts";
import type { CompletedDecision } from "../../runtime/telemetry/telemetry.ts";

export const LOG_METADATA: LogMetadata = {
  status: 200,
  requestId: "r1",
  coldStart: false,
  correlationId: undefined,
  permissionsCached: false,
  stale: undefined,
  shadow: undefined,
  durationMs: 4,
};

/** Makes a completed decision with its log line; it allows the request unless the changes override that. */
export const decided = ({
  decision,
  telemetry,
  ...others
}: Partial<CompletedDecision> = {}): CompletedDecision => ({
  result: {
    response: {
      principalId: "ann",
      policyDocument: { Version: "2012-10-17", Statement: [] },
      context: { tenantId: "acme" },
    },
    log: { outcome: "allow" },
  },
  telemetry: { steps: {}, ...telemetry },
  decision: { outcome: "allow", tenantId: "acme", group: "a", ...decision },
  metadata: LOG_METADATA,
  startedAt: 1_000,
  endedAt: 1_004,
  ...others,
});
