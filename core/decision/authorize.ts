import type { Layout } from "../model/layout.ts";
import type { Cache } from "../model/memoize.ts";
import { allowsEach } from "../policy/allows-each.ts";
import { allowBy, deny, denyInstead, type LoggedResponse } from "../policy/authorizer-response.ts";
import { type CompiledPolicy, compiledPolicy } from "../policy/compiled-policy.ts";
import { type Authorization, authorizationIn, bearerToken, type UnverifiedToken } from "./bearer-token.ts";
import { type Caller, parseCaller } from "./caller.ts";
import type { VerifiedClaims } from "./claims.ts";
import { isDenial } from "./denial.ts";
import { permissionsOf, type RoleSet, type StoredPermissions } from "./permissions.ts";
import {
  type AuthorizerRequest,
  type ResolvedRoute,
  type ResolvedRoutes,
  resolveRoute,
} from "./resolve-route.ts";
import { selectedTenant } from "./selected-tenant.ts";
import { type UsageKeys, usageHolder } from "./usage-plan.ts";

export interface AuthorizeDeps {
  readonly layout: Layout;
  /** @throws UnauthorizedError, or UnavailableError where the keys cannot be had */
  verifyToken(token: UnverifiedToken): Promise<VerifiedClaims>;
  /** @throws UnavailableError where the table cannot be read */
  loadPermissions(caller: Caller): Promise<StoredPermissions>;
  readonly extras?: ResponseExtras;
}

/** A request as far as it can be read alone: where it stands, and what is to say who asks. */
export interface ParsedRequest {
  readonly request: AuthorizerRequest;
  readonly routes: ResolvedRoutes;
  readonly authorization: Authorization;
}

/** @throws UnauthorizedError, or UnavailableError `route_unknown` and `layout_mismatch` */
export const parseRequest = (request: AuthorizerRequest, layout: Layout): ParsedRequest => ({
  request,
  routes: resolveRoute(request, layout),
  authorization: authorizationIn(request.headers),
});

export interface ResponseExtras {
  /** Absent: plans are not enforced. */
  readonly usageKeys?: UsageKeys | undefined;
  /** What was worked out for others that may do the same. */
  readonly roleSets?: Cache<RoleSet>;
  readonly policies?: Cache<CompiledPolicy>;
}

/**
 * The way of a request: token, verified claims, tenant context, permissions, decision, answer.
 *
 * @throws UnauthorizedError (401) and UnavailableError (500); a 403 is an answer
 */
export async function authorize(
  { request, routes, authorization }: ParsedRequest,
  deps: AuthorizeDeps,
): Promise<LoggedResponse> {
  const [resolved] = routes;
  const claims = await deps.verifyToken(bearerToken(authorization));
  const caller = parseCaller(claims, selectedTenant(request, resolved, deps.layout));
  if (isDenial(caller)) return deny(resolved, caller);
  const stored = await deps.loadPermissions(caller);
  return strictest(request, routes, (each) => respondTo(each, caller, stored, deps.layout, deps.extras));
}

/** Where several routes could be the request's: an answer that allows it, only if that of each does. */
function strictest(
  { methodArn }: AuthorizerRequest,
  routes: ResolvedRoutes,
  answerAt: (resolved: ResolvedRoute) => LoggedResponse,
): LoggedResponse {
  const [first, ...others] = routes.map(answerAt) as [LoggedResponse, ...LoggedResponse[]];
  if (others.length === 0) return first;
  const denying = [first, ...others].find(
    ({ response }) => !allowsEach(response.policyDocument, [methodArn]),
  );
  return denying === undefined ? first : denyInstead(denying, routes[0]);
}

/** From a caller to the answer: the part that commands and tests share, whoever vouches for the caller. */
export function respondTo(
  resolved: ResolvedRoute,
  caller: Caller,
  stored: StoredPermissions,
  layout: Layout,
  { usageKeys, roleSets, policies }: ResponseExtras = {},
): LoggedResponse {
  const permissions = permissionsOf(caller, stored, roleSets);
  if (isDenial(permissions)) return deny(resolved, permissions);
  const policy = compiledPolicy(permissions, resolved, layout, policies);
  const holder = usageHolder(stored);
  const usageIdentifierKey = holder && usageKeys?.(holder);
  return allowBy(resolved, policy, permissions, usageIdentifierKey);
}
