import type { AccessSettings } from "../model/access-settings.ts";
import type { BoundValues } from "../model/grant.ts";
import type { RoleName, RouteKey } from "../model/ids.ts";
import type { Layout } from "../model/layout.ts";
import type { Cache } from "../model/memoize.ts";
import { type Method, makeRoute, type Route } from "../model/route.ts";
import type { PolicyDocument } from "../policy/policy-document.ts";
import { evaluateRequest } from "../policy/request-outcome.ts";
import { type AuthorizeDeps, respondTo } from "./authorize.ts";
import { authorizationIn, bearerToken, type Headers } from "./bearer-token.ts";
import { type Caller, parseCaller, tokenTenants } from "./caller.ts";
import { decide } from "./decide.ts";
import { type Denial, isDenial } from "./denial.ts";
import { collectFindings } from "./finding.ts";
import { memberRoles } from "./memberships.ts";
import {
  issuerOf,
  type Permissions,
  permissionsOf,
  type RoleSet,
  type StoredPermissions,
} from "./permissions.ts";
import { type ResolvedRoute, resolveRoute } from "./resolve-route.ts";
import { selectedTenant } from "./selected-tenant.ts";

/** What a caller may do in one tenant: the body of the access route's response. */
export interface AccessDocument {
  readonly version: 1;
  readonly userId: string;
  /** Null if the token names several tenants and the request selects none of them; then the lists below are empty. */
  readonly tenantId: string | null;
  /** The tenants that the token names, sorted. */
  readonly tenants: readonly string[];
  readonly plan: string | null;
  readonly roles: readonly AccessRole[];
  /** The permissions of which the caller may call every route, sorted. */
  readonly permissions: readonly string[];
  /** The guarded routes that the caller may call, sorted by path. */
  readonly routes: readonly AccessRoute[];
}

/** A role that the caller has in the tenant. */
export interface AccessRole {
  readonly name: RoleName;
  /** The end of the role, in seconds since 1970; null: the role has no end of its own. */
  readonly until: number | null;
}

/** A route that the caller may call. */
export interface AccessRoute {
  readonly method: Method;
  readonly path: string;
  /** The values that path parameters must have, as alternatives; absent: any value. */
  readonly where?: readonly BoundValues[];
}

/** A request to the access route, of which nothing is verified. */
export interface AccessRequest {
  readonly headers: Headers;
  /** The route's path with the parameters of the request. */
  readonly path: string;
  /** The ARN of the API's methods, up to and including the stage. */
  readonly base: string;
}

/** The dependencies of {@link describeAccess}: those of a decision, and the settings of the route. */
export interface AccessDeps extends Pick<AuthorizeDeps, "layout" | "verifyToken" | "loadPermissions"> {
  readonly settings: AccessSettings;
  readonly roleSets?: Cache<RoleSet> | undefined;
}

/**
 * Verifies the token of a request, and returns what its caller may do, or the denial that every guarded route would give
 * for the same reason. A token of several tenants of which the request selects none gets their names.
 *
 * @throws AuthenticationError (401) or InternalError (500)
 * @example
 * import { type AccessDeps, type AccessRequest, describeAccess } from "./access.ts";
 * import { isDenial } from "./denial.ts";
 *
 * export async function countRoutes(request: AccessRequest, deps: AccessDeps): Promise<number> {
 *   const access = await describeAccess(request, deps);
 *   return isDenial(access) ? 0 : access.routes.length;
 * }
 */
export async function describeAccess(
  { headers, path, base }: AccessRequest,
  deps: AccessDeps,
): Promise<AccessDocument | Denial> {
  const { layout, settings } = deps;
  const claims = await deps.verifyToken(bearerToken(authorizationIn(headers)));
  const tenants = [...new Set(tokenTenants(claims))].sort();
  const requested = { route: makeRoute("GET", settings.path), arn: { base, method: "GET", path } };
  const selected = selectedTenant({ headers }, requested, layout);
  const caller = parseCaller(claims, selected);
  if (isDenial(caller)) {
    const selects = selected !== undefined && selected !== "";
    return caller.reason === "no_tenant" && !selects && tenants.length > 0
      ? { ...NOTHING, userId: caller.subject ?? "", tenantId: null, tenants, plan: null }
      : caller;
  }
  const stored = await deps.loadPermissions(caller);
  return accessDocument(caller, stored, { ...deps, tenants, base });
}

const NOTHING = { version: 1, roles: [], permissions: [], routes: [] } as const;

/** What {@link accessDocument} depends on besides the caller. */
export interface AccessScope {
  readonly layout: Layout;
  readonly settings: Pick<AccessSettings, "permissions">;
  /** The ARN of the API's methods, up to and including the stage. */
  readonly base: string;
  /** The tenants that the caller's token names. */
  readonly tenants: readonly string[];
  /** A cache of role sets; by default one for this call. */
  readonly roleSets?: Cache<RoleSet> | undefined;
}

/**
 * Returns what a caller may do. A route is listed if the policies that its requests get allow it, whatever the caching
 * mode. A caller without a role gets empty lists.
 *
 * @throws InternalError if a guarded route's request would get a 500
 * @example
 * import type { Layout } from "../model/layout.ts";
 * import { accessDocument } from "./access.ts";
 * import { supposedCaller } from "./caller.ts";
 * import type { StoredPermissions } from "./permissions.ts";
 *
 * export function accessOf(role: string, stored: StoredPermissions, layout: Layout) {
 *   const base = "arn:aws:execute-api:eu-west-1:123456789012:a1b2/dev";
 *   const scope = { layout, settings: { permissions: {} }, base, tenants: ["acme"] };
 *   return accessDocument(supposedCaller({ tenant: "acme", roles: [role] }), stored, scope);
 * }
 */
export function accessDocument(
  caller: Caller,
  stored: StoredPermissions,
  { settings, tenants, ...scope }: AccessScope,
): AccessDocument | Denial {
  const permissions = permissionsOf(caller, stored, scope.roleSets);
  const { subject: userId, tenant: tenantId } = caller;
  if (isDenial(permissions))
    return permissions.reason === "no_role"
      ? { ...NOTHING, userId, tenantId, tenants, plan: stored.tenant?.plan ?? null }
      : permissions;
  const routes = allowedRoutes(permissions, stored, scope);
  return {
    version: 1,
    userId,
    tenantId,
    tenants,
    plan: permissions.plan,
    roles: withEnds(permissions.roles, caller, stored),
    permissions: wholePermissions(new Set(routes.map(({ route }) => route.key)), settings.permissions),
    routes: routes.map(({ route: { method, path }, where }) => ({ method, path, ...(where && { where }) })),
  };
}

/** Returns the end of each role: the latest of its memberships, and none if the token names the role. */
function withEnds(roles: readonly RoleName[], caller: Caller, stored: StoredPermissions): AccessRole[] {
  const issuer = issuerOf(caller, stored.catalogue);
  const { findings } = collectFindings((report) =>
    memberRoles(caller, issuer, stored.membershipState, report),
  );
  return roles.map((name) => {
    const ends = findings.flatMap((finding) =>
      finding.check === "membership" && finding.verdict === "counts" && finding.role === name
        ? [finding.until]
        : [],
    );
    const endless = caller.roles.includes(name) || ends.length === 0 || ends.includes(null);
    return { name, until: endless ? null : Math.max(...ends.map(Number)) };
  });
}

/** Lists the permissions whose routes are all allowed. */
function wholePermissions(
  allowed: ReadonlySet<RouteKey>,
  permissions: AccessSettings["permissions"],
): readonly string[] {
  const entries = Object.entries(permissions);
  const others = new Set(entries.flatMap(([route, name]) => (allowed.has(route as RouteKey) ? [] : [name])));
  return [...new Set(entries.map(([, name]) => name))].filter((name) => !others.has(name)).sort();
}

interface AllowedRoute {
  readonly route: Route;
  readonly where: readonly BoundValues[] | undefined;
}

function allowedRoutes(
  permissions: Permissions,
  stored: StoredPermissions,
  { layout, base, roleSets = new Map<string, RoleSet>() }: Pick<AccessScope, "layout" | "base" | "roleSets">,
): AllowedRoute[] {
  const policies = new Map<string, PolicyDocument>();
  const policyAt = (resolved: ResolvedRoute): PolicyDocument => {
    const key = layout.mode === "token" ? resolved.group.name : resolved.route.key;
    const known = policies.get(key);
    if (known !== undefined) return known;
    const { response } = respondTo(resolved, permissions.caller, stored, layout, { roleSets });
    policies.set(key, response.policyDocument);
    return response.policyDocument;
  };
  const allows = (resolved: ResolvedRoute): boolean => {
    const { method, path } = resolved.arn;
    const methodArn = `${base}/${method}${path}`;
    return resolvedRoutes(resolved, methodArn, layout).every(
      (one) => evaluateRequest(policyAt(one), methodArn).decision === "allow",
    );
  };
  return layout.groups
    .flatMap((group) => group.routes.map((route) => ({ group, route })))
    .flatMap(({ group, route }) => {
      const decision = decide(permissions, [route], layout);
      const granted = isDenial(decision) ? [] : decision.granted;
      const alternatives = granted
        .flatMap((one) => one.alternatives)
        .filter((values) =>
          allows({ route, group, arn: { base, method: route.method, path: examplePath(route, values) } }),
        );
      return alternatives.length === 0 ? [] : [{ route, where: boundOnly(alternatives) }];
    })
    .sort((a, b) => compare(a.route.path, b.route.path) || compare(a.route.method, b.route.method));
}

const boundOnly = (alternatives: readonly BoundValues[]): readonly BoundValues[] | undefined =>
  alternatives.some((values) => Object.keys(values).length === 0) ? undefined : alternatives;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A segment that no literal of a template can be, so that a request with it reaches no other route. */
const ANY_VALUE = "~";

/** Returns the path of a request of the route, with these values. */
const examplePath = ({ segments }: Route, values: BoundValues): string =>
  `/${segments
    .map((segment) =>
      segment.kind === "literal"
        ? segment.text
        : Object.hasOwn(values, segment.name)
          ? values[segment.name]
          : ANY_VALUE,
    )
    .join("/")}`;

/** Returns the routes on which a request is decided: all that its ARN matches, if the events do not name the route. */
const resolvedRoutes = (
  resolved: ResolvedRoute,
  methodArn: string,
  layout: Layout,
): readonly ResolvedRoute[] =>
  layout.apiType === "rest-token"
    ? resolveRoute({ method: "", resource: null, methodArn, headers: new Map(), stageVariables: {} }, layout)
    : [resolved];
