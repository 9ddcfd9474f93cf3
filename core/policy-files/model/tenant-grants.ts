import type { Grant } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { Position } from "../source/problem.ts";
import { type Entry, grantsOf, lineage, type RoleDefinition, routeKeys } from "./role-grants.ts";

export interface TenantDefinition {
  readonly id: string;
  readonly name: string | undefined;
  readonly at: Position;
  readonly status: "active" | "suspended";
  readonly plan: string | undefined;
  readonly issuers: readonly string[] | undefined;
  readonly changes: ReadonlyMap<
    string,
    { readonly at: Position; readonly except: readonly Entry[] | "none" }
  >;
  readonly never: readonly Entry[];
  readonly roles: ReadonlyMap<string, RoleDefinition>;
}

/** Routes that a tenant's changes take from a shared role, by itself or by one that it extends. */
export function takenFrom(
  role: RoleDefinition,
  tenant: TenantDefinition,
  roles: ReadonlyMap<string, RoleDefinition>,
): Set<RouteKey> {
  const taken = lineage(role, roles).flatMap((ancestor) => {
    const change = tenant.changes.get(ancestor.name);
    if (change === undefined || tenant.roles.has(ancestor.name)) return [];
    return change.except === "none"
      ? grantsOf(lineage(ancestor, roles)).map((grant) => grant.route)
      : change.except.flatMap(routeKeys);
  });
  return new Set(taken);
}

/** What one of a tenant's own roles grants, less the tenant's changes to the shared roles that it extends. */
export function ownGrants(
  role: RoleDefinition,
  tenant: TenantDefinition,
  roles: ReadonlyMap<string, RoleDefinition>,
): Grant[] {
  const all = new Map([...roles, ...tenant.roles]);
  const taken = takenFrom(role, tenant, all);
  const never = new Set(tenant.never.flatMap(routeKeys));
  return grantsOf(lineage(role, all)).filter((grant) => !taken.has(grant.route) && !never.has(grant.route));
}
