import type { Circumstances } from "../../runtime/telemetry/log.ts";
import type { Decided } from "../../runtime/telemetry/telemetry.ts";

export const CIRCUMSTANCES: Circumstances = {
  status: 200,
  requestId: "r1",
  coldStart: false,
  correlationId: undefined,
  tokenCached: false,
  permissionsCached: false,
  stale: undefined,
  shadow: undefined,
  durationMs: 4,
};

/** A decision with the line that it would have; an allowed one unless the changes say otherwise. */
export const decided = ({ decision, observed, ...others }: Partial<Decided> = {}): Decided => ({
  result: {
    response: {
      principalId: "ann",
      policyDocument: { Version: "2012-10-17", Statement: [] },
      context: { tenantId: "acme" },
    },
    log: { outcome: "allow" },
  },
  observed: { steps: {}, ...observed },
  decision: { outcome: "allow", tenantId: "acme", group: "a", ...decision },
  circumstances: CIRCUMSTANCES,
  startedAt: 1_000,
  endedAt: 1_004,
  ...others,
});
