import type { Decided } from "../../../lambdas/authorizer/observation.ts";

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
  shadow: undefined,
  decision: { outcome: "allow", tenantId: "acme", group: "a", ...decision },
  circumstances: { requestId: "r1" },
  startedAt: 1_000,
  endedAt: 1_004,
  ...others,
});
