import type { Layout } from "../model/layout.ts";
import type { Cache } from "../model/memoize.ts";
import { allowBy, deny, denyInstead, type LoggedResponse } from "../policy/authorizer-response.ts";
import { type CompiledPolicy, compiledPolicy } from "../policy/compiled-policy.ts";
import { evaluateRequest, reportRequest } from "../policy/request-outcome.ts";
import { type Authorization, authorizationIn, bearerToken, type UnverifiedToken } from "./bearer-token.ts";
import { type Caller, parseCaller } from "./caller.ts";
import type { VerifiedClaims } from "./claims.ts";
import type { GrantedRoute } from "./decide.ts";
import { type DenyReason, isDenial } from "./denial.ts";
import { denialLog } from "./denial-log.ts";
import { collectFindings, type Finding, type Report } from "./finding.ts";
import { permissionsOf, type RoleSet, type StoredPermissions } from "./permissions.ts";
import {
  type AuthorizerRequest,
  type ResolvedRoute,
  type ResolvedRoutes,
  resolveRoute,
} from "./resolve-route.ts";
import { selectedTenant } from "./selected-tenant.ts";
import { type UsageKeys, usageHolder } from "./usage-plan.ts";

/** The dependencies of {@link authorize}. */
export interface AuthorizeDeps {
  readonly layout: Layout;
  /**
   * Verifies a token.
   *
   * @throws AuthenticationError, or InternalError if the issuer's keys are not available
   */
  verifyToken(token: UnverifiedToken): Promise<VerifiedClaims>;
  /**
   * Loads what the table stores for a caller.
   *
   * @throws InternalError if the table cannot be read
   */
  loadPermissions(caller: Caller): Promise<StoredPermissions>;
  readonly extras?: ResponseExtras;
}

/** A parsed request: its possible routes and its Authorization header, of which nothing is verified. */
export interface ParsedRequest {
  readonly request: AuthorizerRequest;
  readonly routes: ResolvedRoutes;
  readonly authorization: Authorization;
}

/**
 * Parses a request: resolves its route and reads its Authorization header.
 *
 * @throws AuthenticationError if there is not exactly one usable header, InternalError `route_unknown` or
 *   `layout_mismatch`
 * @example
 * import type { Layout } from "../model/layout.ts";
 * import { parseRequest } from "./authorize.ts";
 * import type { AuthorizerRequest } from "./resolve-route.ts";
 *
 * export function routeKeyOf(request: AuthorizerRequest, layout: Layout): string {
 *   const [resolved] = parseRequest(request, layout).routes;
 *   return resolved.route.key;
 * }
 */
export const parseRequest = (request: AuthorizerRequest, layout: Layout): ParsedRequest => ({
  request,
  routes: resolveRoute(request, layout),
  authorization: authorizationIn(request.headers),
});

/** The API keys of usage plans, and caches. All are optional. */
export interface ResponseExtras {
  /** Returns the API keys of usage plans; absent if plans are not enforced. */
  readonly usageKeys?: UsageKeys | undefined;
  /** A cache of role sets, shared by callers with the same roles. */
  readonly roleSets?: Cache<RoleSet>;
  /** A cache of policies, shared by callers with the same rights. */
  readonly policies?: Cache<CompiledPolicy>;
  /** Receives the findings about the other routes that the response covers, if the request's are reported. */
  readonly reportOthers?: Report;
}

/**
 * Authorizes a request: verifies its token, finds the caller and its tenant, loads the permissions, and
 * responds with a policy that allows or denies.
 *
 * @throws AuthenticationError (401) or InternalError (500); a denial (403) is a response
 * @example
 * import { type AuthorizeDeps, authorize, parseRequest } from "./authorize.ts";
 * import type { AuthorizerRequest } from "./resolve-route.ts";
 *
 * export async function handle(request: AuthorizerRequest, deps: AuthorizeDeps) {
 *   const { response } = await authorize(parseRequest(request, deps.layout), deps);
 *   return response;
 * }
 */
export async function authorize(
  { request, routes, authorization }: ParsedRequest,
  deps: AuthorizeDeps,
): Promise<LoggedResponse> {
  const [resolved] = routes;
  const claims = await deps.verifyToken(bearerToken(authorization));
  const selected = selectedTenant(request, resolved, deps.layout);
  const caller = parseCaller(claims, selected);
  if (isDenial(caller))
    return withDenialLog(request, deny(resolved, caller), (report) => parseCaller(claims, selected, report));
  const stored = await deps.loadPermissions(caller);
  const logged = strictest(request, routes, (each) =>
    respondTo(each, caller, stored, deps.layout, deps.extras),
  );
  return withDenialLog(request, logged, (report) =>
    respondTo(resolved, caller, stored, deps.layout, {}, report),
  );
}

/**
 * Adds to the log why the response denies the request itself, which a policy that allows other routes can do too.
 *
 * @param decideAgain makes the same decision and reports its findings, which nobody asks for if it allows
 */
function withDenialLog(
  { methodArn }: AuthorizerRequest,
  logged: LoggedResponse,
  decideAgain: (report: Report) => unknown,
): LoggedResponse {
  const { response, log } = logged;
  if (evaluateRequest(response.policyDocument, methodArn).decision === "allow") return logged;
  const { findings } = collectFindings(decideAgain);
  const reason = response.context["reason"];
  return { response, log: { ...log, reason, denial: denialLog(findings) ?? { check: "request" } } };
}

/**
 * Responds for each route that the request may have. The request is allowed only if every response allows it.
 */
function strictest(
  { methodArn }: AuthorizerRequest,
  routes: ResolvedRoutes,
  respondAt: (resolved: ResolvedRoute) => LoggedResponse,
): LoggedResponse {
  const [first, ...others] = routes.map(respondAt) as [LoggedResponse, ...LoggedResponse[]];
  if (others.length === 0) return first;
  const denying = [first, ...others].find(
    ({ response }) => evaluateRequest(response.policyDocument, methodArn).decision !== "allow",
  );
  return denying === undefined ? first : denyInstead(denying, routes[0]);
}

/**
 * Builds the response for a caller: permissions, decision and policy. Commands and tests call this function
 * too, with a caller that no token vouches for.
 *
 * @param report receives the findings about the route; absent if nobody asks for them
 * @example
 * import type { Layout } from "../model/layout.ts";
 * import { respondTo } from "./authorize.ts";
 * import { supposedCaller } from "./caller.ts";
 * import type { StoredPermissions } from "./permissions.ts";
 * import type { ResolvedRoute } from "./resolve-route.ts";
 *
 * export function policyFor(role: string, resolved: ResolvedRoute, stored: StoredPermissions, layout: Layout) {
 *   const caller = supposedCaller({ tenant: "acme", roles: [role] });
 *   return respondTo(resolved, caller, stored, layout).response.policyDocument;
 * }
 */
export function respondTo(
  resolved: ResolvedRoute,
  caller: Caller,
  stored: StoredPermissions,
  layout: Layout,
  { usageKeys, roleSets, policies, reportOthers }: ResponseExtras = {},
  report?: Report,
): LoggedResponse {
  const permissions = permissionsOf(caller, stored, roleSets, report);
  if (isDenial(permissions)) return deny(resolved, permissions);
  const own = report && new RouteReport(resolved, report, reportOthers);
  const policy = compiledPolicy(permissions, resolved, layout, policies, own?.add);
  const holder = usageHolder(stored);
  const usageIdentifierKey = holder && usageKeys?.(holder);
  const logged = allowBy(resolved, policy, permissions, usageIdentifierKey, report);
  own?.end(logged);
  return logged;
}

/** Separates what concerns the requested route from the findings about other routes that the response covers. */
class RouteReport {
  readonly #resolved: ResolvedRoute;
  readonly #report: Report;
  readonly #reportOthers: Report | undefined;
  #granted: GrantedRoute["alternatives"] = [];
  #reason: Finding["denies"] = null;

  constructor(resolved: ResolvedRoute, report: Report, reportOthers: Report | undefined) {
    this.#resolved = resolved;
    this.#report = report;
    this.#reportOthers = reportOthers;
  }

  readonly add: Report = (finding) => {
    if ("route" in finding && finding.route !== this.#resolved.route.key) {
      this.#reportOthers?.(finding);
      return;
    }
    if (finding.check === "granted") this.#granted = finding.alternatives;
    this.#reason ??= finding.denies;
    this.#report(finding);
  };

  /** Reports whether the policy allows the request's path, and the reason that the response gives all its routes. */
  end({ response, log }: LoggedResponse): void {
    if (log["outcome"] === "allow" && this.#reason === null)
      reportRequest(this.#resolved, response.policyDocument, this.#granted, this.#report);
    const reason = response.context["reason"] as DenyReason;
    if (this.#reason !== null && this.#reason !== reason)
      this.#report({ check: "response", denies: null, reason, group: this.#resolved.group.name });
  }
}
