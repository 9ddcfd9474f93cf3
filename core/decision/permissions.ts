import { InternalError } from "../model/errors.ts";
import type { Binding, BindingSource, Grant } from "../model/grant.ts";
import type { RoleName, RouteKey, Subject } from "../model/ids.ts";
import type { Catalogue, IssuerItem, PlanItem, TenantItem } from "../model/items.ts";
import { type Cache, memoize, NO_CACHE, numberOf } from "../model/memoize.ts";
import type { Caller } from "./caller.ts";
import { type Denial, type DenyReason, denialFor } from "./denial.ts";
import { isRevoked, type MembershipState, memberRoles } from "./memberships.ts";

/** What one decision reads of the table. */
export interface StoredPermissions {
  readonly catalogue: Catalogue;
  /** Undefined: the table has no such tenant. */
  readonly tenant: TenantItem | undefined;
  /** Memberships and revocations of the caller; null: a tool's supposed caller, of whom none are read. */
  readonly membershipState: MembershipState | null;
  /** The tenant's own API key; absent: it has none, or plans are not enforced. */
  readonly usageKey?: UsageKeyItem | undefined;
}

/** The routes that are granted, with alternatives of bindings: one suffices. A map is one. */
export interface Grants extends Iterable<readonly [RouteKey, readonly Binding[]]> {
  get(route: RouteKey): readonly Binding[] | undefined;
}

/** What a caller may do, before scopes and bindings: the caller's roles added up, within plan and tenant. */
export interface Permissions {
  readonly caller: Caller;
  /** The caller's roles that the tenant really has, sorted. */
  readonly roles: readonly RoleName[];
  readonly plan: string | null;
  /** One of our own people, who acts in a customer's tenant; null for everybody else. */
  readonly actor: Subject | null;
  readonly grants: Grants;
  /** Made of the hashes of all items that took part. */
  readonly version: string;
}

/**
 * Adds up what the caller's roles grant: shared roles less the tenant's changes, its own roles, all within
 * the plan's ceiling and without what the tenant never allows.
 *
 * @param roleSets keeps what roles add up to, by the very items that they were read of
 * @throws UnavailableError `item_invalid` where the tenant's plan is not in the catalogue
 */
export function permissionsOf(
  caller: Caller,
  { catalogue, tenant, membershipState }: StoredPermissions,
  roleSets: Cache<RoleSet> = NO_CACHE,
): SummedPermissions | Denial {
  const no = (reason: DenyReason): Denial => denialFor(caller, reason);
  const issuer = caller.issuer === null ? null : catalogue.issuers.get(caller.issuer);
  if (!issuerCovers(issuer, caller)) return no("issuer_not_allowed");
  const given = memberRoles(caller, issuer, membershipState);
  // Before the tenant is looked at: who is no member does not learn which tenants there are.
  if (!caller.tenantFromToken && given.roles.length === 0) return no("no_tenant");
  if (tenant === undefined || tenant.id !== caller.tenant) return no("unknown_tenant");
  if (caller.issuer !== null && tenant.issuers !== null && !tenant.issuers.has(caller.issuer))
    return no("issuer_not_allowed");
  if (tenant.status === "suspended") return no("tenant_suspended");
  if (isRevoked(caller, membershipState)) return no("revoked");
  const names =
    given.roles.length === 0 ? caller.roles : [...new Set([...caller.roles, ...given.roles])].sort();
  const key = JSON.stringify([numberOf(catalogue), numberOf(tenant), caller.issuer, names, given.hashes]);
  let known = roleSets.get(key);
  if (known === undefined) {
    known = roleSetOf(names, tenant, catalogue, [issuer?.hash ?? "", tenant.hash], given.hashes);
    roleSets.set(key, known);
  }
  const { roles, grants, version, sources, grantCount } = known;
  if (roles.length === 0) return no("no_role");
  const actor = issuer?.staff === true ? caller.subject : null;
  return { caller, roles, plan: tenant.plan, actor, grants, version, sources, grantCount };
}

/** What roles come to in one tenant, whoever has them. */
export interface RoleSet extends Pick<Permissions, "roles" | "grants" | "version"> {
  /** What of a caller the roles' bindings look at. */
  readonly sources: readonly BindingSource[];
  /** How many routes the roles grant, counted once a role. */
  readonly grantCount: number;
}

export type SummedPermissions = Permissions & RoleSet;

function roleSetOf(
  names: readonly RoleName[],
  tenant: TenantItem,
  catalogue: Catalogue,
  before: readonly string[],
  after: readonly string[],
): RoleSet {
  const plan = planOf(tenant, catalogue);
  const held = names.flatMap((name) => findRole(name, tenant, plan, catalogue) ?? []);
  return {
    roles: held.map((role) => role.name),
    grants: new SummedGrants(held, tenant, plan),
    sources: [...new Set(held.flatMap(({ grants }) => sourcesOf(grants)))],
    grantCount: held.reduce((sum, { grants }) => sum + grants.size, 0),
    version: combineHashes([...before, plan?.hash ?? "", ...held.map((role) => role.hash), ...after]),
  };
}

/** Null: no issuer vouches for the caller; undefined: one that is not trusted. */
function issuerCovers(issuer: IssuerItem | null | undefined, caller: Caller): boolean {
  if (issuer === null) return true;
  return issuer !== undefined && (issuer.tenants === null || issuer.tenants.has(caller.tenant));
}

function planOf(tenant: TenantItem, catalogue: Catalogue): PlanItem | undefined {
  const plan = tenant.plan === null ? undefined : catalogue.plans.get(tenant.plan);
  if (plan === undefined && (tenant.plan !== null || catalogue.plans.size > 0))
    throw new InternalError(
      "item_invalid",
      `Item TENANT#${tenant.id} TENANT: its plan is not in the catalogue`,
    );
  return plan;
}

interface HeldRole {
  readonly name: RoleName;
  readonly hash: string;
  readonly grants: GrantsByRoute;
  readonly without: ReadonlySet<RouteKey>;
}

const NOTHING: ReadonlySet<RouteKey> = new Set();

function findRole(
  name: RoleName,
  tenant: TenantItem,
  plan: PlanItem | undefined,
  catalogue: Catalogue,
): HeldRole | undefined {
  const own = tenant.roles.get(name);
  if (own !== undefined) return { name, hash: "", grants: byRoute(own), without: NOTHING };
  const shared = catalogue.roles.get(name);
  const change = tenant.changes.get(name);
  const inPlan = plan?.roles == null || plan.roles.has(name);
  if (shared === undefined || !inPlan || change === "none") return undefined;
  return { name, hash: shared.hash, grants: byRoute(shared.grants), without: change ?? NOTHING };
}

type GrantsByRoute = ReadonlyMap<RouteKey, readonly Binding[]>;

/** Made once for each role that is read: a function decides by it as long as it remembers the role. */
const byRoute = memoize((grants: readonly Grant[]): GrantsByRoute => {
  const index = new Map<RouteKey, Binding[]>();
  for (const { route, binding } of grants) {
    const alternatives = index.get(route);
    if (alternatives === undefined) index.set(route, [binding]);
    else alternatives.push(binding);
  }
  return index;
});

const sourcesOf = memoize((grants: GrantsByRoute): readonly BindingSource[] => {
  const bindings = [...grants.values()].flat();
  return [...new Set(bindings.flatMap((binding) => Object.values(binding).flat()))];
});

/** Added up route by route when one is asked for: most decisions are about few of them. */
class SummedGrants implements Grants {
  readonly #held: readonly HeldRole[];
  readonly #never: ReadonlySet<RouteKey>;
  readonly #ceiling: ReadonlySet<RouteKey> | undefined;

  constructor(held: readonly HeldRole[], { never }: TenantItem, plan: PlanItem | undefined) {
    this.#held = held;
    this.#never = never;
    this.#ceiling = plan?.ceiling;
  }

  get(route: RouteKey): readonly Binding[] | undefined {
    let sum: readonly Binding[] | undefined;
    for (const { grants, without } of this.#held) {
      const own = grants.get(route);
      if (own === undefined || without.has(route)) continue;
      sum = sum === undefined ? own : [...sum, ...own];
    }
    return sum === undefined || this.#isBarred(route) ? undefined : sum;
  }

  #isBarred(route: RouteKey): boolean {
    return this.#never.has(route) || this.#ceiling?.has(route) === false;
  }

  *[Symbol.iterator](): Iterator<readonly [RouteKey, readonly Binding[]]> {
    for (const route of new Set(this.#held.flatMap(({ grants }) => [...grants.keys()]))) {
      const bindings = this.get(route);
      if (bindings !== undefined) yield [route, bindings];
    }
  }
}

/** FNV-1a in two halves: names a state of the table in 12 hex digits; not a security property. */
function combineHashes(hashes: readonly string[]): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (const character of hashes.join(" ")) {
    low = Math.imul(low ^ character.charCodeAt(0), 0x01000193) >>> 0;
    high = Math.imul(high ^ character.charCodeAt(0), 0x01000197) >>> 0;
  }
  return (high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0")).slice(-12);
}

/** A tenant's own API key is there, in the usage plan of this plan. It is written once the key counts. */
export interface UsageKeyItem {
  readonly plan: string;
}
