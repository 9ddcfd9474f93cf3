/**
 * The oracle of the tests: a second, naive statement of what the product must do, written from the documentation.
 * It shares no code with the product's decision: the oracle imports nothing from the product except types.
 *
 * - `naive-rights.ts` states what a caller may do: access to a tenant, roles, grants and bindings.
 * - `naive-items.ts` applies these rules to the table's items, which tests corrupt (`tests/attacks`).
 * - `naive-model.ts` applies them to the generated tenants of the load test, and predicts the whole response.
 * - `naive-matcher.ts` evaluates policy documents.
 * - `naive-routes.ts` finds the routes that a request may reach, and `naive-requests.ts` generates requests.
 * - `naive-verifier.ts` compares documents with grants, request by request (`tests/exact`).
 */

import { decodeOnce } from "./naive-routes.ts";

/** A role as it is written: its own grants, and the roles that it extends. */
export interface NaiveRole<Grant> {
  readonly extends: readonly string[];
  readonly allow: readonly Grant[];
}

/**
 * A tenant with its plan and the shared roles, from any source. Each value is read when a rule needs it, because
 * a corrupt item may throw.
 */
export interface NaiveTenant<Route, Grant extends { readonly route: Route }> {
  readonly isSuspended: () => boolean;
  /** The issuers that the tenant accepts; undefined for all. */
  readonly issuers: () => readonly string[] | undefined;
  readonly ownRole: (name: string) => NaiveRole<Grant> | undefined;
  readonly sharedRole: (name: string) => NaiveRole<Grant> | undefined;
  /** What the tenant removes from a shared role: some routes, or the whole role. */
  readonly change: (role: string) => readonly Route[] | "none" | undefined;
  /** The routes that the tenant never allows. */
  readonly never: () => readonly Route[];
  /** The shared roles of the tenant's plan; undefined for all. */
  readonly planRoles: () => readonly string[] | undefined;
  readonly ceiling: () => readonly Route[];
}

/** Returns why an issuer's tokens are denied for a tenant as a whole; undefined if they are not. */
export function tenantDenial(
  tenant: Pick<NaiveTenant<never, never>, "isSuspended" | "issuers"> | undefined,
  issuer: string,
): "unknown_tenant" | "issuer_not_allowed" | "tenant_suspended" | undefined {
  if (tenant === undefined) return "unknown_tenant";
  if (tenant.issuers()?.includes(issuer) === false) return "issuer_not_allowed";
  return tenant.isSuspended() ? "tenant_suspended" : undefined;
}

/** Lists those of the caller's roles that the tenant has, sorted and without repetitions. */
export const heldRoles = <Route, Grant extends { readonly route: Route }>(
  tenant: NaiveTenant<Route, Grant>,
  names: readonly string[],
): string[] => [...new Set(names)].filter((name) => hasRole(tenant, name)).sort();

function hasRole<Route, Grant extends { readonly route: Route }>(
  tenant: NaiveTenant<Route, Grant>,
  name: string,
): boolean {
  if (tenant.ownRole(name) !== undefined) return true;
  if (tenant.sharedRole(name) === undefined || tenant.change(name) === "none") return false;
  return tenant.planRoles()?.includes(name) ?? true;
}

/**
 * Lists the grants of a role. What a tenant removes from a role is also removed from all roles that extend it.
 */
export function grantsOf<Route, Grant extends { readonly route: Route }>(
  tenant: NaiveTenant<Route, Grant>,
  name: string,
): Grant[] {
  const find = (role: string) => tenant.ownRole(role) ?? tenant.sharedRole(role);
  const lineage = (role: string): string[] => [role, ...(find(role)?.extends ?? []).flatMap(lineage)];
  const allowedBy = (role: string) => lineage(role).flatMap((ancestor) => find(ancestor)?.allow ?? []);
  const removed = lineage(name).flatMap((role) => {
    const change = (tenant.ownRole(role) === undefined && tenant.change(role)) || [];
    return change === "none" ? allowedBy(role).map(({ route }) => route) : change;
  });
  const lost = [...removed, ...tenant.never()];
  return allowedBy(name).filter(({ route }) => !lost.includes(route) && tenant.ceiling().includes(route));
}

/** The sources of each bound parameter's value: `subject`, `tenant` or `claim.{name}`. */
export type NaiveBinding = Readonly<Record<string, readonly string[]>>;

/** The values that bindings compare with. */
export interface NaiveCaller {
  readonly tenant: string;
  readonly subject?: string | null | undefined;
  readonly claims?: Readonly<Record<string, string>> | undefined;
}

/**
 * Returns the values that a binding requires of a request of this caller; undefined if no request can have them,
 * because a value is empty or several sources disagree.
 */
export function boundValues(binding: NaiveBinding, caller: NaiveCaller): Record<string, string> | undefined {
  const values: Record<string, string> = {};
  for (const [name, sources] of Object.entries(binding)) {
    const own = new Set(sources.map((source) => ownValue(source, caller)));
    const [value] = own;
    if (own.size !== 1 || value === undefined || value === "") return undefined;
    values[name] = value;
  }
  return values;
}

function ownValue(source: string, { tenant, subject, claims }: NaiveCaller): string {
  if (source === "subject") return subject ?? "";
  if (source === "tenant") return tenant;
  return claims?.[source.replace("claim.", "")] ?? "";
}

/** Returns whether a request's values, raw or percent-decoded once, are those that a binding requires. */
export const holds = (
  bound: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
): boolean =>
  Object.entries(bound).every(
    ([name, value]) => values[name] === value || decodeOnce(values[name] ?? "") === value,
  );
