import type { CachingMode } from "../../core/model/layout.ts";
import type { Selector } from "../load/files.ts";
import {
  type Allowed,
  PARTNER_TENANTS,
  PLANS,
  ROUTES,
  SHARED,
  type World,
  type WorldRoute,
  type WorldTenant,
} from "../load/world.ts";
import { boundValues, grantsOf, heldRoles, holds, type NaiveTenant, tenantDenial } from "./naive-rights.ts";
import { decodeOnce } from "./naive-routes.ts";

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
  /** The tenant that the header or the host names; undefined if it names none. */
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
  /** An HTTP API requires its identity sources in every caching mode, a REST API only if it caches. REST if absent. */
  readonly apiType?: string;
}

const denied = (reason: string): Expected => ({ status: 403, reason });

/** Returns the response that a request must get in one state of the table. */
export function expected(world: World, request: ModelRequest, context: ApiContext): Expected {
  const { identity, route, selected } = request;
  if (route === undefined) return { status: 200, caller: null };
  if (identity.flaw !== undefined) return { status: 401 };
  const needsHeader = context.mode !== "off" || context.apiType?.startsWith("http") === true;
  if (context.selector === "header" && needsHeader && !selected) return { status: 401 };
  const tokenTenants = Object.keys(identity.roles);
  const ofToken = tokenTenants.length === 1 ? tokenTenants[0] : undefined;
  const ofPath = ROUTES[route]?.path.includes("{orgId}") ? decodeOnce(request.parameters.orgId) : ofToken;
  const id = { claim: ofToken, header: selected, host: selected, path: ofPath }[context.selector];
  if (!id) return denied("no_tenant");
  const memberRoles = findMemberRoles(world, identity, id);
  const inToken = tokenTenants.includes(id);
  if (!inToken && identity.issuer !== "main") return denied("no_tenant");
  if (identity.issuer === "partner" && !PARTNER_TENANTS.includes(id)) return denied("issuer_not_allowed");
  if (!inToken && memberRoles.length === 0) return denied("no_tenant");
  const tenant = world.tenants.get(id);
  const denial = tenantDenial(tenant && toTenant(tenant), identity.issuer);
  if (denial !== undefined || tenant === undefined) return denied(denial ?? "unknown_tenant");
  return inTenant(tenant, [...(identity.roles[id] ?? []), ...memberRoles], request);
}

const findMemberRoles = ({ memberships }: World, { issuer, subject }: Identity, tenant: string): string[] =>
  issuer === "main"
    ? memberships
        .filter((member) => member.tenant === tenant && member.subject === subject)
        .map(({ role }) => role)
    : [];

function inTenant(tenant: WorldTenant, names: readonly string[], request: ModelRequest): Expected {
  const { identity } = request;
  const naive = toTenant(tenant);
  const held = heldRoles(naive, names);
  if (held.length === 0) return denied("no_role");
  const { scope } = ROUTES[request.route ?? -1] as WorldRoute;
  const granted = held.some((name) =>
    grantsOf(naive, name).some((grant) => grant.route === request.route && isBoundTo(grant, tenant, request)),
  );
  if (!granted || (scope !== undefined && !identity.scopes.includes(scope))) return denied("route");
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

/** Returns whether the request has the values to which the grant and its path are bound. */
function isBoundTo({ route, own }: Allowed, { id }: WorldTenant, request: ModelRequest): boolean {
  const isOfTenant = ROUTES[route]?.path.includes("{orgId}") === true;
  const binding = { ...(own && { userId: ["subject"] }), ...(isOfTenant && { orgId: ["tenant"] }) };
  const values = boundValues(binding, { tenant: id, subject: request.identity.subject });
  return values !== undefined && holds(values, request.parameters);
}

const toTenant = (tenant: WorldTenant): NaiveTenant<number, Allowed> => ({
  isSuspended: () => tenant.status === "suspended",
  issuers: () => tenant.issuers,
  ownRole: (name) => tenant.roles[name],
  sharedRole: (name) => SHARED[name],
  change: (role) => tenant.changes[role],
  never: () => tenant.never,
  planRoles: () => PLANS[tenant.plan]?.roles,
  ceiling: () => PLANS[tenant.plan]?.ceiling ?? [],
});
