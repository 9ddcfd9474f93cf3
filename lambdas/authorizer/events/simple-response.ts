import { arnSpellings } from "../../../core/model/method-arn.ts";
import type { LoggedResponse } from "../../../core/policy/authorizer-response.ts";
import { evaluatePolicy } from "../../../core/policy/evaluate.ts";
import type { AdaptedResponse } from "./event-adapter.ts";

/**
 * An answer for one request: allowed only if the policy allows it by each of its ARNs. The API's cache must have
 * the path in its key, for a value that a role binds to the caller is in the path.
 */
export function toSimpleResponse(
  { response, log }: LoggedResponse,
  arns: readonly string[],
): AdaptedResponse {
  const { reason = "route_not_granted", ...context } = response.context;
  const { policyBytes: _, ...decision } = log;
  const allows = (arn: string) => evaluatePolicy(response.policyDocument, arn).decision === "allow";
  if (arns.flatMap(arnSpellings).every(allows))
    return { response: { isAuthorized: true, context }, log: decision };
  return {
    response: { isAuthorized: false, context: { ...context, reason } },
    log: { ...decision, outcome: "deny", reason },
  };
}
