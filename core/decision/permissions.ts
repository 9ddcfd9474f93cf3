import { BY_DIRECTORY } from "../model/directory.ts";
import { InternalError } from "../model/errors.ts";
import type { BindingSource } from "../model/grant.ts";
import type { RoleName, RouteKey, Subject } from "../model/ids.ts";
import type { Catalogue, IssuerItem, PlanItem, TenantItem } from "../model/items.ts";
import { type Cache, NO_CACHE, objectNumber } from "../model/memoize.ts";
import type { Caller } from "./caller.ts";
import { type ClientLimit, clientLimits, withClientScopes } from "./client-limit.ts";
import { type Denial, type DenyReason, denialFor } from "./denial.ts";
import type { FindingOf, Report } from "./finding.ts";
import { isRevoked, type MembershipState, memberRoles } from "./memberships.ts";
import { byRoute, type Grants, type HeldRole, SummedGrants, sourcesOf } from "./summed-grants.ts";

/** What one decision reads from the table. */
export interface StoredPermissions {
  readonly catalogue: Catalogue;
  /** Undefined if the table has no such tenant. */
  readonly tenant: TenantItem | undefined;
  /** The caller's memberships and revocations; null for a supposed caller, which has none. */
  readonly membershipState: MembershipState | null;
  /** The item of the tenant's own API key; absent if it has none or plans are not enforced. */
  readonly usageKey?: UsageKeyItem | undefined;
}

/** The sum of a caller's roles, limited by plan, tenant and client. Scopes and bound values are not checked yet. */
export interface Permissions {
  readonly caller: Caller;
  /** The caller's roles that exist in the tenant, sorted. */
  readonly roles: readonly RoleName[];
  readonly plan: string | null;
  /** The subject, if the caller is one of the provider's staff in a customer's tenant; else null. */
  readonly actor: Subject | null;
  readonly grants: Grants;
  /** What may be left out of the context after the scopes if it is too large. */
  readonly mayOmit?: readonly string[];
  /** Whether the caller's subject is one of the tenant's people, so that it can satisfy bindings to `subject`. */
  readonly ownsSubject: boolean;
  /** A hash of the hashes of all items that the decision depends on. */
  readonly version: string;
}

/**
 * Adds up what the caller's roles grant: shared roles less the tenant's changes, and the tenant's own roles.
 * Routes outside the plan's ceiling, routes in the tenant's `never` and routes outside the ceilings of client and delegate are
 * removed, and so are scopes that do not count for them.
 *
 * @param roleSets caches the sum of roles by the items that they were read from
 * @param report receives the findings; absent if nobody asks for them
 * @throws InternalError `item_invalid` if the tenant's plan is not in the catalogue
 * @example
 * import { readCatalogue, readTenant } from "../model/items.ts";
 * import { supposedCaller } from "./caller.ts";
 * import { permissionsOf } from "./permissions.ts";
 *
 * const grants = ["GET /documents"];
 * const role = { pk: "CATALOGUE", sk: "ROLE#viewer", v: 1, hash: "ab12", name: "viewer", grants };
 * const catalogue = readCatalogue([role]);
 * const acme = { pk: "TENANT#acme", sk: "TENANT", v: 1, hash: "cd34", id: "acme", status: "active" };
 * const stored = { catalogue, tenant: readTenant(acme), membershipState: null };
 * const permissions = permissionsOf(supposedCaller({ tenant: "acme", roles: ["viewer", "gone"] }), stored);
 * "grants" in permissions && [...permissions.grants]; // => [["GET /documents",[{}]]]
 */
export function permissionsOf(
  caller: Caller,
  { catalogue, tenant, membershipState }: StoredPermissions,
  roleSets: Cache<RoleSet> = NO_CACHE,
  report?: Report,
): SummedPermissions | Denial {
  const deny = (reason: DenyReason): Denial => denialFor(caller, reason);
  const id = caller.tenant;
  const issuer = issuerOf(caller, catalogue);
  const covered = issuerCovers(issuer, caller);
  if (caller.issuer !== null)
    report?.({
      check: "issuer",
      denies: covered ? null : "issuer_not_allowed",
      issuer: caller.issuer,
      tenant: id,
      trusted: issuer !== undefined,
    });
  if (!covered) return deny("issuer_not_allowed");
  const member = memberRoles(caller, issuer, membershipState, report);
  // Precedes the checks of the tenant, so that a caller who is not a member cannot learn which tenants exist.
  if (!caller.tenantFromToken && member.roles.length === 0) {
    report?.({ check: "member", denies: "no_tenant", tenant: id });
    return deny("no_tenant");
  }
  if (tenant === undefined || tenant.id !== id) {
    report?.({
      check: "tenant",
      denies: "unknown_tenant",
      tenant: id,
      plan: null,
      spelling: tenant?.id ?? null,
    });
    return deny("unknown_tenant");
  }
  report?.({ check: "tenant", denies: null, tenant: id, plan: tenant.plan, spelling: null });
  if (caller.issuer !== null && tenant.issuers !== null && !tenant.issuers.has(caller.issuer)) {
    report?.({ check: "tenant_issuers", denies: "issuer_not_allowed", tenant: id, issuer: caller.issuer });
    return deny("issuer_not_allowed");
  }
  if (issuer?.tenants === BY_DIRECTORY && !listsDirectory(tenant, issuer.name, caller)) {
    report?.({ check: "tenant_directory", denies: "issuer_not_allowed", tenant: id, issuer: issuer.name });
    return deny("issuer_not_allowed");
  }
  if (tenant.status === "suspended") {
    report?.({ check: "tenant_status", denies: "tenant_suspended", tenant: id });
    return deny("tenant_suspended");
  }
  if (isRevoked(caller, membershipState, report)) return deny("revoked");
  const names =
    member.roles.length === 0 ? caller.roles : [...new Set([...caller.roles, ...member.roles])].sort();
  const limits = clientLimits(caller, issuer, tenant, catalogue);
  const key = JSON.stringify([
    objectNumber(catalogue),
    objectNumber(tenant),
    caller.issuer,
    caller.ownIssuer?.hash,
    names,
    member.hashes,
    limits.map(({ ceiling }) => objectNumber(ceiling)),
  ]);
  // The cache has no findings.
  let roleSet = report === undefined ? roleSets.get(key) : undefined;
  if (roleSet === undefined) {
    roleSet = {
      ...sumRoles(
        names,
        { tenant, catalogue, limits },
        [issuer?.hash ?? "", tenant.hash],
        [
          ...member.hashes,
          ...limits.filter((limit) => limit.issuer !== caller.issuer).map(({ hash }) => hash),
        ],
        report,
      ),
      ownsSubject: ownsSubjects(issuer, tenant),
    };
    roleSets.set(key, roleSet);
  }
  const { roles, grants, ownsSubject, version, sources, grantCount } = roleSet;
  if (roles.length === 0) {
    if (names.length === 0) report?.({ check: "no_roles", denies: "no_role", tenant: id });
    return deny("no_role");
  }
  const actor = issuer?.staff === true ? caller.subject : null;
  const mayOmit = issuer?.mayOmit ?? NOTHING_TO_OMIT;
  return {
    caller: limits.reduce((limited, limit) => withClientScopes(limited, limit, report), caller),
    roles,
    plan: tenant.plan,
    actor,
    grants,
    mayOmit,
    ownsSubject,
    version,
    sources,
    grantCount,
  };
}

const NOTHING_TO_OMIT: readonly string[] = [];

/** The sum of roles in one tenant, which all callers with these roles share. */
export interface RoleSet extends Pick<Permissions, "roles" | "grants" | "ownsSubject" | "version"> {
  /** The sources that the roles' bindings use. */
  readonly sources: readonly BindingSource[];
  /** How many routes the roles grant, counted once a role. */
  readonly grantCount: number;
}

/** The permissions of a caller, with the sources that their bindings use. */
export type SummedPermissions = Permissions & RoleSet;

/** What the sum of roles depends on besides their names. */
interface RoleSource {
  readonly tenant: TenantItem;
  readonly catalogue: Catalogue;
  readonly limits: readonly ClientLimit[];
}

function sumRoles(
  names: readonly RoleName[],
  { tenant, catalogue, limits }: RoleSource,
  firstHashes: readonly string[],
  lastHashes: readonly string[],
  report?: Report,
): Omit<RoleSet, "ownsSubject"> {
  const plan = findPlan(tenant, catalogue);
  const found = names.map((name) => findRole(name, tenant, plan, catalogue));
  const held = found.filter((role) => typeof role !== "string");
  if (report !== undefined)
    for (const [index, role] of names.entries()) {
      const verdict = found[index];
      const denies = held.length === 0 ? "no_role" : null;
      if (typeof verdict === "string")
        report({ check: "role_held", denies, tenant: tenant.id, role, plan: tenant.plan, verdict });
    }
  return {
    roles: held.map((role) => role.name),
    grants: new SummedGrants(held, tenant, plan, limits),
    sources: [...new Set(held.flatMap(({ grants }) => sourcesOf(grants)))],
    grantCount: held.reduce((sum, { grants }) => sum + grants.size, 0),
    version: combineHashes([
      ...firstHashes,
      plan?.hash ?? "",
      ...held.map((role) => role.hash),
      ...lastHashes,
    ]),
  };
}

/**
 * Returns the item of a caller's issuer: the one that its token was verified by, or the catalogue's. Null for a supposed
 * caller, undefined for an issuer that is not trusted.
 */
export const issuerOf = (
  { issuer, ownIssuer }: Caller,
  { issuers }: Pick<Catalogue, "issuers">,
): IssuerItem | null | undefined => (issuer === null ? null : (ownIssuer ?? issuers.get(issuer)));

/** @param issuer null for a supposed caller, undefined for an issuer that is not trusted */
function issuerCovers(issuer: IssuerItem | null | undefined, caller: Caller): boolean {
  if (issuer === null) return true;
  if (issuer === undefined) return false;
  const { tenants } = issuer;
  const { directory } = caller;
  if (tenants === BY_DIRECTORY) return directory !== undefined;
  return typeof directory !== "string" && (tenants === null || tenants.has(caller.tenant));
}

/** Returns whether the tenant's own item lists the caller's directory, because the item that found it is a hint only. */
function listsDirectory(
  { directories }: TenantItem,
  issuer: IssuerItem["name"],
  { directory }: Caller,
): boolean {
  const listed = directories.get(issuer);
  return listed !== undefined && (directory === null || listed === directory);
}

/**
 * Returns whether the subjects of an issuer are the tenant's people. Staff never are; an issuer next to an owner is only
 * where the tenant accepts no other issuer.
 *
 * @param issuer null for a supposed caller
 */
export function ownsSubjects(
  issuer: Pick<IssuerItem, "staff" | "foreignIn"> | null | undefined,
  tenant: Pick<TenantItem, "id" | "issuers">,
): boolean {
  if (issuer == null) return true;
  if (issuer.staff) return false;
  const isForeign = issuer.foreignIn === "*" || issuer.foreignIn.has(tenant.id);
  return !isForeign || tenant.issuers?.size === 1;
}

function findPlan(tenant: TenantItem, catalogue: Catalogue): PlanItem | undefined {
  const plan = tenant.plan === null ? undefined : catalogue.plans.get(tenant.plan);
  if (plan === undefined && (tenant.plan !== null || catalogue.hasPlans))
    throw new InternalError(
      "item_invalid",
      `Item TENANT#${tenant.id} TENANT: its plan is not in the catalogue`,
    );
  return plan;
}

const NOTHING: ReadonlySet<RouteKey> = new Set();

/** Returns a role that the tenant has, or why it does not have it. */
function findRole(
  name: RoleName,
  tenant: TenantItem,
  plan: PlanItem | undefined,
  catalogue: Catalogue,
): HeldRole | RoleVerdict {
  const own = tenant.roles.get(name);
  if (own !== undefined) return { name, hash: "", grants: byRoute(own), without: NOTHING };
  const shared = catalogue.roles.get(name);
  const change = tenant.changes.get(name);
  if (shared === undefined) return "unknown";
  if (plan?.roles != null && !plan.roles.has(name)) return "not_in_plan";
  if (change === "none") return "removed";
  return { name, hash: shared.hash, grants: byRoute(shared.grants), without: change ?? NOTHING };
}

type RoleVerdict = FindingOf<"role_held">["verdict"];

/**
 * Combines hashes to 12 hex digits that identify a state of the table (FNV-1a in two halves; not for security).
 */
function combineHashes(hashes: readonly string[]): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (const character of hashes.join(" ")) {
    low = Math.imul(low ^ character.charCodeAt(0), 0x01000193) >>> 0;
    high = Math.imul(high ^ character.charCodeAt(0), 0x01000197) >>> 0;
  }
  return (high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0")).slice(-12);
}

/** The item that says that a tenant has its own API key, in the usage plan of `plan`. */
export interface UsageKeyItem {
  readonly plan: string;
  /** When the key was created, in ms since 1970; absent for a key that counted at once. */
  readonly created?: number | undefined;
}
