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

/** Who asks, and what the token says. */
export interface Identity {
  readonly issuer: "main" | "partner";
  readonly subject: string;
  /** One tenant with flat roles, or several with roles for each. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly scopes: readonly string[];
  readonly email: string;
  /** What is wrong with the token, if anything. */
  readonly flaw: "expired" | "signature" | "audience" | "issuer" | "malformed" | "absent" | undefined;
}

export interface ModelRequest {
  readonly identity: Identity;
  /** Of {@link ROUTES}; undefined: the public route. */
  readonly route: number | undefined;
  readonly parameters: Readonly<Record<"documentId" | "reportId" | "userId" | "orgId", string>>;
  /** What the tenant's header holds; undefined: it is not sent. */
  readonly selected: string | undefined;
}

/** What the backend must be told, but for the token's id. */
export interface ToldCaller {
  readonly userId: string;
  readonly tenantId: string;
  readonly roles: readonly string[];
  readonly plan: string;
  readonly scopes: readonly string[];
  readonly issuer: string;
  readonly claims: Readonly<Record<string, string>>;
}

/** `route` stands for the reasons that one route's refusal can have beside others that are granted. */
export type Expected =
  | { readonly status: 200; readonly caller: ToldCaller | null }
  | { readonly status: 401 }
  | { readonly status: 403; readonly reason: string };

export interface Surroundings {
  readonly mode: CachingMode;
  readonly selector: Selector;
}

const no = (reason: string): Expected => ({ status: 403, reason });

/**
 * What a request must get in one state: written from the documents, and sharing nothing with the code under
 * test.
 */
export function expected(world: World, request: ModelRequest, around: Surroundings): Expected {
  const { identity, route, selected } = request;
  if (route === undefined) return { status: 200, caller: null };
  if (identity.flaw !== undefined) return { status: 401 };
  if (around.selector === "header" && around.mode !== "off" && !selected) return { status: 401 };
  const named = Object.keys(identity.roles);
  const id = around.selector === "header" ? selected : named.length === 1 ? named[0] : undefined;
  if (!id) return no("no_tenant");
  const given = membershipsOf(world, identity, id);
  const isNamed = named.includes(id);
  if (!isNamed && identity.issuer !== "main") return no("no_tenant");
  if (identity.issuer === "partner" && !PARTNER_TENANTS.includes(id)) return no("issuer_not_allowed");
  if (!isNamed && given.length === 0) return no("no_tenant");
  const tenant = world.tenants.get(id);
  if (tenant === undefined) return no("unknown_tenant");
  if (tenant.issuers !== undefined && !tenant.issuers.includes(identity.issuer))
    return no("issuer_not_allowed");
  if (tenant.status === "suspended") return no("tenant_suspended");
  return inTenant(tenant, [...(identity.roles[id] ?? []), ...given], request);
}

const membershipsOf = ({ memberships }: World, { issuer, subject }: Identity, tenant: string): string[] =>
  issuer === "main"
    ? memberships
        .filter((member) => member.tenant === tenant && member.subject === subject)
        .map(({ role }) => role)
    : [];

function inTenant(tenant: WorldTenant, names: readonly string[], request: ModelRequest): Expected {
  const { identity, parameters } = request;
  const held = [...new Set(names)].filter((name) => hasRole(tenant, name)).sort();
  if (held.length === 0) return no("no_role");
  const { path, scope } = ROUTES[request.route ?? -1] as WorldRoute;
  const granted = held.some((name) =>
    grantsOf(tenant, name).some(
      ({ route, own }) => route === request.route && (!own || parameters.userId === identity.subject),
    ),
  );
  const isBound = path.includes("{orgId}") && parameters.orgId !== tenant.id;
  if (!granted || isBound || (scope !== undefined && !identity.scopes.includes(scope))) return no("route");
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

const planOf = ({ plan }: WorldTenant): WorldPlan => PLANS[plan] as WorldPlan;
const roleOf = (tenant: WorldTenant, name: string): WorldRole | undefined =>
  tenant.roles[name] ?? SHARED[name];

function hasRole(tenant: WorldTenant, name: string): boolean {
  if (tenant.roles[name] !== undefined) return true;
  const inPlan = planOf(tenant).roles?.includes(name) ?? true;
  return SHARED[name] !== undefined && inPlan && tenant.changes[name] !== "none";
}

/** A role and all that it extends. */
function lineage(tenant: WorldTenant, name: string): string[] {
  return [name, ...(roleOf(tenant, name)?.extends ?? []).flatMap((parent) => lineage(tenant, parent))];
}

const allowedBy = (tenant: WorldTenant, name: string) =>
  lineage(tenant, name).flatMap((ancestor) => roleOf(tenant, ancestor)?.allow ?? []);

/** What a change to one role takes, it takes from all that extend it. */
function grantsOf(tenant: WorldTenant, name: string) {
  const lost = lineage(tenant, name).flatMap((ancestor) => {
    const change = tenant.changes[ancestor] ?? [];
    return change === "none" ? allowedBy(tenant, ancestor).map(({ route }) => route) : change;
  });
  return allowedBy(tenant, name).filter(
    ({ route }) =>
      !lost.includes(route) && !tenant.never.includes(route) && planOf(tenant).ceiling.includes(route),
  );
}
