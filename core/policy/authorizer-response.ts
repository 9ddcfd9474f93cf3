import type { Caller } from "../decision/caller.ts";
import type { Decision } from "../decision/decide.ts";
import { printDelegate } from "../decision/delegates.ts";
import { type Denial, denialFor } from "../decision/denial.ts";
import type { DenialLog } from "../decision/denial-log.ts";
import type { Report } from "../decision/finding.ts";
import type { Permissions } from "../decision/permissions.ts";
import type { ResolvedRoute } from "../decision/resolve-route.ts";
import { InternalError } from "../model/errors.ts";
import type { Layout } from "../model/layout.ts";
import { denyAll, MAX_RESPONSE_BYTES } from "./compile.ts";
import { type CompiledPolicy, writePolicy } from "./compiled-policy.ts";
import {
  type AuthorizerContext,
  countContextBytes,
  countKeyBytes,
  createContext,
  denialContext,
  fitsContext,
  MAX_CONTEXT_BYTES,
  MAX_PRINCIPAL_BYTES,
  NONE,
  omitUntilFits,
  principalIdFor,
} from "./context.ts";
import type { PolicyDocument } from "./policy-document.ts";

/** The response of a Lambda authorizer to API Gateway. */
export interface AuthorizerResponse {
  readonly principalId: string;
  readonly policyDocument: PolicyDocument;
  readonly context: AuthorizerContext;
  /** The value of the API key whose usage plan limits the caller's requests; absent if there is none. */
  readonly usageIdentifierKey?: string;
}

/** A response and its log fields. Neither contains the token, and the log contains no API key. */
export interface LoggedResponse {
  readonly response: AuthorizerResponse;
  readonly log: Readonly<Record<string, string | number | readonly string[] | DenialLog | undefined>>;
}

/** Responds like {@link allowBy}, but compiles the policy from a decision first. */
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
 * Responds with a policy that allows the granted routes. It denies other routes implicitly, and the context
 * contains the reason for the error template. If the context is too large, keys that may be omitted are left out,
 * each whole. If it is still too large, the response denies: a value is never truncated.
 *
 * @throws InternalError `policy_too_large` if the response exceeds API Gateway's limit, which the build should
 *   prevent
 * @param report receives the findings; absent if nobody asks for them
 * @example
 * import type { Permissions } from "../decision/permissions.ts";
 * import type { ResolvedRoute } from "../decision/resolve-route.ts";
 * import { allowBy } from "./authorizer-response.ts";
 * import type { PolicyDocument } from "./policy-document.ts";
 *
 * export function respond(resolved: ResolvedRoute, document: PolicyDocument, permissions: Permissions) {
 *   const policy = { document, bytes: JSON.stringify(document).length };
 *   return allowBy(resolved, policy, permissions).response;
 * }
 */
export function allowBy(
  resolved: ResolvedRoute,
  policy: CompiledPolicy,
  permissions: Permissions,
  usageIdentifierKey?: string,
  report?: Report,
): LoggedResponse {
  const { caller } = permissions;
  if ("reason" in policy) return deny(resolved, denialFor(caller, policy.reason), permissions);
  const whole = Object.assign(createContext(permissions, "route_not_granted"), {
    group: resolved.group.name,
  });
  const wholeBytes = countContextBytes(whole);
  const context = wholeBytes <= MAX_CONTEXT_BYTES ? whole : omitUntilFits(whole, permissions.mayOmit ?? []);
  const principalId = principalIdFor(caller);
  const contextBytes = context === whole ? wholeBytes : countContextBytes(context);
  if (contextBytes > MAX_CONTEXT_BYTES || principalId.length > MAX_PRINCIPAL_BYTES) {
    report?.({
      check: "context_size",
      denies: "context_too_large",
      bytes: contextBytes,
      limit: MAX_CONTEXT_BYTES,
      keys: countKeyBytes(context),
      principalBytes: principalId.length,
      principalLimit: MAX_PRINCIPAL_BYTES,
    });
    const denied = deny(resolved, denialFor(caller, "context_too_large"), permissions);
    const contextKeys = countKeyBytes(context).map(([key, size]) => `${key} ${size}`);
    return { ...denied, log: { ...denied.log, contextBytes, contextKeys } };
  }
  const { document: policyDocument, bytes } = policy;
  const key = usageIdentifierKey !== undefined && { usageIdentifierKey };
  const frameBytes =
    JSON.stringify({ principalId, policyDocument: 0, context: 0, ...key }).length - "00".length;
  return finish(
    resolved,
    { principalId, policyDocument, context, ...key },
    frameBytes + bytes + contextBytes,
    "allow",
    caller,
    permissions,
  );
}

/**
 * Responds with a policy that denies every route of this authorizer explicitly. The context contains the
 * reason.
 *
 * @example
 * import { denial } from "../decision/denial.ts";
 * import type { ResolvedRoute } from "../decision/resolve-route.ts";
 * import { deny } from "./authorizer-response.ts";
 *
 * export const denyRevoked = (resolved: ResolvedRoute) => deny(resolved, denial("revoked")).response;
 */
export function deny(resolved: ResolvedRoute, denial: Denial, permissions?: Permissions): LoggedResponse {
  const group = resolved.group.name;
  // RFC 6750, 3.1. A scope has no quote. Only an API whose responses are for one route makes a header of it.
  const challenge = denial.reason === "scope_missing" && {
    challenge: `Bearer error="insufficient_scope", scope="${resolved.route.scopes.join(" ")}"`,
  };
  const full = { ...denialContext(denial, permissions?.version), group, ...challenge };
  const context = fitsContext(full) ? full : { reason: denial.reason, group };
  const principal = principalIdFor(denial);
  const principalId = principal === "" || principal.length > MAX_PRINCIPAL_BYTES ? "unknown" : principal;
  const response = { principalId, policyDocument: denyAll(resolved.arn.base), context };
  return finish(resolved, response, JSON.stringify(response).length, "deny", denial, permissions);
}

/** Turns a response that allows something into one that denies everything. Its context stays the same. */
export function denyInstead({ response, log }: LoggedResponse, { arn }: ResolvedRoute): LoggedResponse {
  const { principalId, context } = response;
  const { policyBytes: _, ...rest } = log;
  const denied = { principalId, policyDocument: denyAll(arn.base), context };
  return {
    response: denied,
    log: {
      ...rest,
      outcome: "deny",
      reason: context["reason"] ?? "route_not_granted",
      policyBytes: JSON.stringify(denied).length,
    },
  };
}

const NO_NAMES: readonly string[] = [];

function finish(
  resolved: ResolvedRoute,
  response: AuthorizerResponse,
  policyBytes: number,
  outcome: "allow" | "deny",
  { clientId, delegates = [] }: Partial<Pick<Caller, "clientId" | "delegates">>,
  permissions?: Permissions,
): LoggedResponse {
  if (policyBytes > MAX_RESPONSE_BYTES)
    throw new InternalError(
      "policy_too_large",
      `The response for group ${resolved.group.name} takes ${policyBytes} bytes, but the limit is ${MAX_RESPONSE_BYTES}`,
    );
  const { context } = response;
  const [delegate, ...prior] = delegates.length === 0 ? NO_NAMES : delegates.map(printDelegate);
  const log = Object.assign({}, context, {
    outcome,
    challenge: undefined,
    // The context of a response that allows contains the reason for the routes that it does not allow.
    reason: outcome === "deny" ? context["reason"] : undefined,
    roles: permissions?.roles,
    clientId: clientId ?? undefined,
    delegate,
    priorDelegates: prior.length === 0 ? undefined : prior,
    actor: context["actor"] === NONE ? undefined : context["actor"],
    omitted: context["omitted"] === NONE ? undefined : context["omitted"],
    route: resolved.route.key,
    group: resolved.group.name,
    policyBytes,
  });
  return { response, log };
}
