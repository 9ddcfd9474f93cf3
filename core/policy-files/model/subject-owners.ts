import { BY_DIRECTORY } from "../../model/directory.ts";
import { printGrant } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import { memoize } from "../../model/memoize.ts";
import type { Problems } from "../source/problem.ts";
import type { IssuerDefinition } from "./issuer-presets.ts";
import type { PlanDefinition } from "./plans.ts";
import { collectGrants, lineage, type RoleDefinition, routeKeys } from "./role-grants.ts";
import { ownGrants, removedRoutes, type TenantDefinition } from "./tenant-grants.ts";

/** Returns the tenants that an issuer may cover. Which tenants list a directory is only known at run time. */
const coveredBy = ({ tenants }: IssuerDefinition): "*" | readonly string[] =>
  tenants === BY_DIRECTORY ? "*" : tenants;

type Issuers = ReadonlyMap<string, IssuerDefinition>;
interface SubjectRules {
  readonly roles: ReadonlyMap<string, RoleDefinition>;
  readonly plans: ReadonlyMap<string, PlanDefinition>;
  readonly issuers: Issuers;
  readonly tenants: ReadonlyMap<string, TenantDefinition>;
}

/**
 * Returns the tenants in which an issuer's subjects are not the tenant's people: every tenant for staff, and those
 * that an owner covers for an issuer that is not an owner itself.
 */
export function foreignTenants(issuer: IssuerDefinition, issuers: Issuers): "*" | readonly string[] {
  if (issuer.staff === true) return "*";
  if (issuer.subjects === "own") return [];
  const owned = ownedTenants(issuers);
  const covered = coveredBy(issuer);
  if (owned === "*") return covered;
  return covered === "*" ? [...owned].sort() : covered.filter((id) => owned.has(id)).sort();
}

/** Returns the tenants whose people an issuer owns. Memoized, because it is needed for each of many issuers. */
const ownedTenants = memoize((issuers: Issuers): "*" | ReadonlySet<string> => {
  const owned = [...issuers.values()].filter(({ subjects }) => subjects === "own").map(coveredBy);
  return owned.includes("*") ? "*" : new Set(owned.flat());
});

/** Returns whether any role of a policy set, shared or a tenant's own, has a binding to `subject`. */
export const bindsSubjects = ({ roles, tenants }: Pick<SubjectRules, "roles" | "tenants">): boolean =>
  [...roles.values()].some((role) => subjectGrants(collectGrants(lineage(role, roles))).length > 0) ||
  [...tenants.values()].some((tenant) =>
    [...tenant.roles.values()].some((role) => subjectGrants(ownGrants(role, tenant, roles)).length > 0),
  );

/**
 * Rejects several issuers for one tenant together with a binding to `subject`, if none of them is marked as the owner
 * of the tenant's people: the `ann` of one issuer would have the bound routes of the other's `ann`. Reports each
 * combination of issuers once.
 */
export function checkSubjectOwners(rules: SubjectRules, problems: Problems): void {
  if (rules.issuers.size < 2) return;
  const granted = new Map(
    [...rules.roles.values()].map((role) => [
      role.name,
      subjectGrants(collectGrants(lineage(role, rules.roles))),
    ]),
  );
  const reported = new Set<string>();
  for (const id of candidateTenants(rules)) {
    const tenant = rules.tenants.get(id);
    const issuers = issuersFor(id, tenant, rules.issuers);
    const names = issuers.map(({ name }) => name).join(" and ");
    if (issuers.length < 2 || issuers.some(({ subjects }) => subjects === "own") || reported.has(names))
      continue;
    const found = tenant === undefined ? firstGrant(granted) : reachableGrant(tenant, granted, rules);
    const at = issuers.find(({ staff }) => staff !== true)?.at ?? issuers[0]?.at;
    if (found === undefined || at === undefined) continue;
    reported.add(names);
    const where = id === "*" ? "every tenant that is written at run time" : `the tenant ${id}`;
    problems.error(
      "shared-subjects",
      at,
      `issuers ${names} may speak for ${where}, where role ${found.role} grants ${found.grant}: a subject of one issuer would be taken for the same subject of another: write subjects: own in the issuer that owns the tenant's people, or name one issuer in the tenant's issuers`,
    );
  }
}

/** Returns the tenants of the files, those that an issuer lists, and `*` for those that are written at run time. */
const candidateTenants = ({ issuers, tenants }: SubjectRules): Set<string> =>
  new Set([
    ...tenants.keys(),
    ...[...issuers.values()].map(coveredBy).flatMap((covered) => (covered === "*" ? [] : covered)),
    "*",
  ]);

function issuersFor(id: string, tenant: TenantDefinition | undefined, issuers: Issuers): IssuerDefinition[] {
  const { anywhere, listed, order } = byTenant(issuers);
  return [...anywhere, ...(listed.get(id) ?? [])]
    .filter(({ name }) => tenant?.issuers?.includes(name) ?? true)
    .sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

/** Indexes issuers by the tenants that they list. */
const byTenant = memoize((issuers: Issuers) => {
  const anywhere: IssuerDefinition[] = [];
  const listed = new Map<string, IssuerDefinition[]>();
  for (const issuer of issuers.values()) {
    const covered = coveredBy(issuer);
    if (covered === "*") anywhere.push(issuer);
    else for (const id of new Set(covered)) listed.set(id, [...(listed.get(id) ?? []), issuer]);
  }
  const order = new Map([...issuers.values()].map((issuer, index) => [issuer, index]));
  return { anywhere, listed, order };
});

type Bound = readonly { readonly route: RouteKey; readonly text: string }[];

const subjectGrants = (grants: ReturnType<typeof collectGrants>): Bound =>
  grants
    .filter(({ binding }) => Object.values(binding).some((sources) => sources.includes("subject")))
    .map((grant) => ({ route: grant.route, text: printGrant(grant) }));

interface Found {
  readonly role: string;
  readonly grant: string;
}

function firstGrant(granted: ReadonlyMap<string, Bound>): Found | undefined {
  for (const [role, [first]] of granted) if (first !== undefined) return { role, grant: first.text };
  return undefined;
}

/** Returns a grant that is bound to `subject` and that a role can have in a tenant. */
function reachableGrant(
  tenant: TenantDefinition,
  granted: ReadonlyMap<string, Bound>,
  { roles, plans }: SubjectRules,
): Found | undefined {
  const plan = tenant.plan === undefined ? undefined : plans.get(tenant.plan);
  const never = new Set(tenant.never.flatMap(routeKeys));
  const ceiling = plan === undefined ? undefined : new Set(plan.ceiling.flatMap(routeKeys));
  const reaches = ({ route }: { readonly route: RouteKey }): boolean =>
    !never.has(route) && ceiling?.has(route) !== false;
  const isHeld = (role: RoleDefinition): boolean =>
    !tenant.roles.has(role.name) && (plan?.roles?.includes(role.name) ?? true);
  for (const role of [...roles.values()].filter(isHeld)) {
    const bound = (granted.get(role.name) ?? []).filter(reaches);
    if (bound.length === 0) continue;
    const removed = removedRoutes(role, tenant, roles);
    const first = bound.find(({ route }) => !removed.has(route));
    if (first !== undefined) return { role: role.name, grant: first.text };
  }
  for (const role of tenant.roles.values()) {
    const first = subjectGrants(ownGrants(role, tenant, roles)).find(reaches);
    if (first !== undefined) return { role: role.name, grant: first.text };
  }
  return undefined;
}
