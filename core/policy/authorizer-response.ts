import type { Decision } from "../decision/decide.ts";
import { type Denial, denialFor } from "../decision/denial.ts";
import type { Permissions } from "../decision/permissions.ts";
import type { ResolvedRoute } from "../decision/resolve-route.ts";
import { InternalError } from "../model/errors.ts";
import type { Layout } from "../model/layout.ts";
import { denyAll, MAX_RESPONSE_BYTES, type PolicyDocument } from "./compile.ts";
import { type CompiledPolicy, writePolicy } from "./compiled-policy.ts";
import {
  type AuthorizerContext,
  countContextBytes,
  createContext,
  denialContext,
  fitsContext,
  MAX_CONTEXT_BYTES,
  MAX_PRINCIPAL_BYTES,
  principalIdFor,
} from "./context.ts";

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
export interface LoggedResponse {
  readonly response: AuthorizerResponse;
  readonly log: Readonly<Record<string, string | number | readonly string[] | undefined>>;
}

/** As {@link allowBy}, of a decision that is not written down yet. */
export function allow(
  resolved: ResolvedRoute,
  decision: Decision,
  permissions: Permissions,
  layout: Pick<Layout, "slashes">,
  usageIdentifierKey?: string,
): LoggedResponse {
  return allowBy(resolved, writePolicy(decision, resolved, layout), permissions, usageIdentifierKey);
}

/**
 * Allows what was granted and refuses the rest by silence, with a reason for the error template.
 * A context that does not fit is a refusal: it is never cut short.
 *
 * @throws UnavailableError `policy_too_large`: the layout does not fit, which the build should have seen
 */
export function allowBy(
  resolved: ResolvedRoute,
  policy: CompiledPolicy,
  permissions: Permissions,
  usageIdentifierKey?: string,
): LoggedResponse {
  const { caller } = permissions;
  if ("reason" in policy) return deny(resolved, denialFor(caller, policy.reason), permissions);
  const context = Object.assign(createContext(permissions, "route_not_granted"), {
    group: resolved.group.name,
  });
  const principalId = principalIdFor(caller);
  const contextBytes = countContextBytes(context);
  if (contextBytes > MAX_CONTEXT_BYTES || principalId.length > MAX_PRINCIPAL_BYTES) {
    const { subject, tenant } = caller;
    return deny(resolved, { reason: "context_too_large", subject, tenant }, permissions);
  }
  const { document: policyDocument, bytes } = policy;
  const key = usageIdentifierKey !== undefined && { usageIdentifierKey };
  const around = JSON.stringify({ principalId, policyDocument: 0, context: 0, ...key }).length - "00".length;
  return finish(
    resolved,
    { principalId, policyDocument, context, ...key },
    around + bytes + contextBytes,
    "allow",
    permissions,
  );
}

/** Refuses everything that this authorizer guards, explicitly and with the reason. */
export function deny(resolved: ResolvedRoute, denial: Denial, permissions?: Permissions): LoggedResponse {
  const group = resolved.group.name;
  const known = { ...denialContext(denial, permissions?.version), group };
  const context = fitsContext(known) ? known : { reason: denial.reason, group };
  const principal = principalIdFor(denial);
  const principalId = principal === "" || principal.length > MAX_PRINCIPAL_BYTES ? "unknown" : principal;
  const response = { principalId, policyDocument: denyAll(resolved.arn.base), context };
  return finish(resolved, response, JSON.stringify(response).length, "deny", permissions);
}

/** An answer that allows something, made one that refuses everything; what it says of the caller stays. */
export function denyInstead({ response, log }: LoggedResponse, { arn }: ResolvedRoute): LoggedResponse {
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
  resolved: ResolvedRoute,
  response: AuthorizerResponse,
  policyBytes: number,
  outcome: "allow" | "deny",
  permissions?: Permissions,
): LoggedResponse {
  if (policyBytes > MAX_RESPONSE_BYTES)
    throw new InternalError(
      "policy_too_large",
      `The answer for group ${resolved.group.name} takes ${policyBytes} bytes of ${MAX_RESPONSE_BYTES}`,
    );
  const { context } = response;
  const log = Object.assign({}, context, {
    outcome,
    // An answer that allows has the reason for what it does not allow.
    reason: outcome === "deny" ? context["reason"] : undefined,
    roles: permissions?.roles,
    route: resolved.route.key,
    group: resolved.group.name,
    policyBytes,
  });
  return { response, log };
}
