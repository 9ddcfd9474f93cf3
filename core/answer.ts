import {
  type AuthorizerContext,
  contextOf,
  fits,
  MAX_PRINCIPAL_BYTES,
  principalOf,
  refusalContext,
} from "./context.ts";
import type { Decision } from "./decide.ts";
import { UnavailableError } from "./errors.ts";
import type { Layout } from "./layout.ts";
import type { Permissions } from "./permissions.ts";
import type { Place } from "./place.ts";
import { compilePolicy, denyAll, MAX_RESPONSE_BYTES, type PolicyDocument } from "./policy.ts";
import type { Refusal } from "./refusal.ts";

/** What a Lambda authorizer returns to API Gateway. */
export interface AuthorizerResponse {
  readonly principalId: string;
  readonly policyDocument: PolicyDocument;
  readonly context: AuthorizerContext;
  /** The value of the API key whose usage plan the caller's requests count against; absent: none. */
  readonly usageIdentifierKey?: string;
}

/**
 * The answer and what the log says of it; nothing of the token is in either but its id, and the log has no
 * API key.
 */
export interface Answer {
  readonly response: AuthorizerResponse;
  readonly log: Readonly<Record<string, string | number | readonly string[]>>;
}

/**
 * Allows what was granted and refuses the rest by silence, with a reason for the error template.
 * A context that does not fit is a refusal: it is never cut short.
 *
 * @throws UnavailableError `policy_too_large`: the layout does not fit, which the build should have seen
 */
export function allow(
  place: Place,
  decision: Decision,
  permissions: Permissions,
  layout: Layout,
  usageIdentifierKey?: string,
): Answer {
  const { caller } = permissions;
  const context = { ...contextOf(permissions, "route_not_granted"), group: place.group.name };
  const principalId = principalOf(caller);
  if (!fits(context) || principalId.length > MAX_PRINCIPAL_BYTES) {
    const { subject, tenant } = caller;
    return deny(place, { reason: "context_too_large", subject, tenant }, permissions);
  }
  const policyDocument = compilePolicy(place.arn.base, place.group, decision, layout);
  if (policyDocument === undefined) {
    const { subject, tenant } = caller;
    return deny(place, { reason: "binding_not_expressible", subject, tenant }, permissions);
  }
  return finish(
    place,
    { principalId, policyDocument, context, ...(usageIdentifierKey !== undefined && { usageIdentifierKey }) },
    { ...context, outcome: "allow" },
    permissions,
  );
}

/** Refuses everything that this authorizer guards, explicitly and with the reason. */
export function deny(place: Place, refusal: Refusal, permissions?: Permissions): Answer {
  const group = place.group.name;
  const known = { ...refusalContext(refusal, permissions?.version), group };
  const context = fits(known) ? known : { reason: refusal.reason, group };
  const principal = principalOf(refusal);
  const principalId = principal === "" || principal.length > MAX_PRINCIPAL_BYTES ? "unknown" : principal;
  return finish(
    place,
    { principalId, policyDocument: denyAll(place.arn.base), context },
    { ...context, outcome: "deny" },
    permissions,
  );
}

/** An answer that allows something, made one that refuses everything; what it says of the caller stays. */
export function refuse({ response, log }: Answer, { arn }: Place): Answer {
  const { principalId, context } = response;
  const { policyBytes: _, ...rest } = log;
  const refused = { principalId, policyDocument: denyAll(arn.base), context };
  return {
    response: refused,
    log: {
      ...rest,
      outcome: "deny",
      reason: context["reason"] ?? "route_not_granted",
      policyBytes: JSON.stringify(refused).length,
    },
  };
}

function finish(
  place: Place,
  response: AuthorizerResponse,
  context: AuthorizerContext,
  permissions?: Permissions,
): Answer {
  const policyBytes = JSON.stringify(response).length;
  if (policyBytes > MAX_RESPONSE_BYTES)
    throw new UnavailableError(
      "policy_too_large",
      `The answer for group ${place.group.name} takes ${policyBytes} bytes of ${MAX_RESPONSE_BYTES}`,
    );
  const { reason, ...rest } = context;
  const log = {
    ...rest,
    ...(rest["outcome"] === "deny" && reason !== undefined && { reason }),
    ...(permissions !== undefined && { roles: permissions.roles }),
    route: place.route.key,
    group: place.group.name,
    policyBytes,
  };
  return { response, log };
}
