import { allowsEach } from "../../../core/policy/allows-each.ts";
import type { Answer } from "../../../core/policy/authorizer-response.ts";
import type { AuthorizerContext } from "../../../core/policy/context.ts";
import type { FrontAnswer } from "./event-adapter.ts";

/** What an authorizer of an HTTP API returns where simple responses are enabled. */
export interface SimpleResponse {
  readonly isAuthorized: boolean;
  readonly context: AuthorizerContext;
}

/**
 * An answer for one request: allowed only if the policy allows it by each of its ARNs. The API's cache must have
 * the path in its key, for a value that a role binds to the caller is in the path.
 */
export function simpleAnswer({ response, log }: Answer, arns: readonly string[]): FrontAnswer {
  const { reason = "route_not_granted", ...context } = response.context;
  const { policyBytes: _, ...decision } = log;
  if (allowsEach(response.policyDocument, arns))
    return { response: { isAuthorized: true, context }, log: decision };
  return {
    response: { isAuthorized: false, context: { ...context, reason } },
    log: { ...decision, outcome: "deny", reason },
  };
}
