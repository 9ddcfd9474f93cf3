import type { CachingMode } from "../../core/model/layout.ts";
import type { Selector } from "../load/files.ts";
import {
  PARTNER_TENANTS,
  PLANS,
  ROUTES,
  SHARED,
  type World,
  type WorldPlan,
  type WorldRole,
  type WorldRoute,
  type WorldTenant,
} from "../load/world.ts";

/** The caller of a request, and the content of its token. */
export interface Identity {
  readonly issuer: "main" | "partner";
  readonly subject: string;
  /** One tenant with flat roles, or several with roles for each. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly scopes: readonly string[];
  readonly email: string;
  /** The flaw of the token, if it has one. */
  readonly flaw: "expired" | "signature" | "audience" | "issuer" | "malformed" | "absent" | undefined;
}

export interface ModelRequest {
  readonly identity: Identity;
  /** The index in {@link ROUTES}; undefined for the public route. */
  readonly route: number | undefined;
  readonly parameters: Readonly<Record<"documentId" | "reportId" | "userId" | "orgId", string>>;
  /** The value of the tenant's header; undefined if it is not sent. */
  readonly selected: string | undefined;
}

/** The caller as the backend must receive it, without the token's id. */
export interface BackendCaller {
  readonly userId: string;
  readonly tenantId: string;
  readonly roles: readonly string[];
  readonly plan: string;
  readonly scopes: readonly string[];
  readonly issuer: string;
  readonly claims: Readonly<Record<string, string>>;
}

/**
 * The expected response. The reason `route` means any reason for which one route is denied while others are
 * granted.
 */
export type Expected =
  | { readonly status: 200; readonly caller: BackendCaller | null }
  | { readonly status: 401 }
  | { readonly status: 403; readonly reason: string };

/** The settings of the API that a request is sent to. */
export interface ApiContext {
  readonly mode: CachingMode;
  readonly selector: Selector;
}

const denied = (reason: string): Expected => ({ status: 403, reason });

/**
 * Returns the response that a request must get in one state of the table. This is written from the
 * documentation, and shares no code with the product.
 */
export function expected(world: World, request: ModelRequest, context: ApiContext): Expected {
  const { identity, route, selected } = request;
  if (route === undefined) return { status: 200, caller: null };
  if (identity.flaw !== undefined) return { status: 401 };
  if (context.selector === "header" && context.mode !== "off" && !selected) return { status: 401 };
  const tokenTenants = Object.keys(identity.roles);
  const id =
    context.selector === "header" ? selected : tokenTenants.length === 1 ? tokenTenants[0] : undefined;
  if (!id) return denied("no_tenant");
  const memberRoles = findMemberRoles(world, identity, id);
  const inToken = tokenTenants.includes(id);
  if (!inToken && identity.issuer !== "main") return denied("no_tenant");
  if (identity.issuer === "partner" && !PARTNER_TENANTS.includes(id)) return denied("issuer_not_allowed");
  if (!inToken && memberRoles.length === 0) return denied("no_tenant");
  const tenant = world.tenants.get(id);
  if (tenant === undefined) return denied("unknown_tenant");
  if (tenant.issuers !== undefined && !tenant.issuers.includes(identity.issuer))
    return denied("issuer_not_allowed");
  if (tenant.status === "suspended") return denied("tenant_suspended");
  return inTenant(tenant, [...(identity.roles[id] ?? []), ...memberRoles], request);
}

const findMemberRoles = ({ memberships }: World, { issuer, subject }: Identity, tenant: string): string[] =>
  issuer === "main"
    ? memberships
        .filter((member) => member.tenant === tenant && member.subject === subject)
        .map(({ role }) => role)
    : [];

function inTenant(tenant: WorldTenant, names: readonly string[], request: ModelRequest): Expected {
  const { identity, parameters } = request;
  const held = [...new Set(names)].filter((name) => hasRole(tenant, name)).sort();
  if (held.length === 0) return denied("no_role");
  const { path, scope } = ROUTES[request.route ?? -1] as WorldRoute;
  const granted = held.some((name) =>
    grantsOf(tenant, name).some(
      ({ route, own }) => route === request.route && (!own || parameters.userId === identity.subject),
    ),
  );
  const isBound = path.includes("{orgId}") && parameters.orgId !== tenant.id;
  if (!granted || isBound || (scope !== undefined && !identity.scopes.includes(scope)))
    return denied("route");
  const caller = {
    userId: identity.subject,
    tenantId: tenant.id,
    roles: held,
    plan: tenant.plan,
    scopes: [...identity.scopes].sort(),
    issuer: identity.issuer,
    claims: { email: identity.email },
  };
  return { status: 200, caller };
}

const findPlan = ({ plan }: WorldTenant): WorldPlan => PLANS[plan] as WorldPlan;
const findRole = (tenant: WorldTenant, name: string): WorldRole | undefined =>
  tenant.roles[name] ?? SHARED[name];

function hasRole(tenant: WorldTenant, name: string): boolean {
  if (tenant.roles[name] !== undefined) return true;
  const inPlan = findPlan(tenant).roles?.includes(name) ?? true;
  return SHARED[name] !== undefined && inPlan && tenant.changes[name] !== "none";
}

/** Lists a role and all roles that it extends. */
function lineage(tenant: WorldTenant, name: string): string[] {
  return [name, ...(findRole(tenant, name)?.extends ?? []).flatMap((parent) => lineage(tenant, parent))];
}

const allowedBy = (tenant: WorldTenant, name: string) =>
  lineage(tenant, name).flatMap((ancestor) => findRole(tenant, ancestor)?.allow ?? []);

/**
 * Lists the grants of a role. What a tenant removes from a role is also removed from all roles that extend it.
 */
function grantsOf(tenant: WorldTenant, name: string) {
  const lost = lineage(tenant, name).flatMap((ancestor) => {
    const change = tenant.changes[ancestor] ?? [];
    return change === "none" ? allowedBy(tenant, ancestor).map(({ route }) => route) : change;
  });
  return allowedBy(tenant, name).filter(
    ({ route }) =>
      !lost.includes(route) && !tenant.never.includes(route) && findPlan(tenant).ceiling.includes(route),
  );
}
