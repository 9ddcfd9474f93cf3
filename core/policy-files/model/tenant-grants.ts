import type { Grant } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { Position } from "../source/problem.ts";
import type { CeilingChangesDefinition } from "./client-ceiling.ts";
import { collectGrants, type Entry, lineage, type RoleDefinition, routeKeys } from "./role-grants.ts";

/** A tenant as its file defines it, with every entry expanded. */
export interface TenantDefinition {
  readonly id: string;
  readonly name: string | undefined;
  readonly at: Position;
  /** Where the keys are, or would be added. */
  readonly lines: Readonly<Record<"status" | "issuers" | "directories", Position>>;
  readonly status: "active" | "suspended";
  readonly plan: string | undefined;
  readonly issuers: readonly string[] | undefined;
  readonly changes: ReadonlyMap<
    string,
    { readonly at: Position; readonly except: readonly Entry[] | "none" }
  >;
  readonly never: readonly Entry[];
  readonly roles: ReadonlyMap<string, RoleDefinition>;
  /** What the tenant takes from the ceilings of clients, by issuer. */
  readonly clients: ReadonlyMap<string, CeilingChangesDefinition>;
  /** The tenant's directories, by the issuers that have one for each tenant, and where each is written. */
  readonly directories: ReadonlyMap<string, { readonly name: string; readonly at: Position }>;
}

/**
 * Returns the routes that a tenant's changes remove from a role, including the changes to roles that it extends.
 */
export function removedRoutes(
  role: RoleDefinition,
  tenant: TenantDefinition,
  roles: ReadonlyMap<string, RoleDefinition>,
): Set<RouteKey> {
  const removed = lineage(role, roles).flatMap((ancestor) => {
    const change = tenant.changes.get(ancestor.name);
    if (change === undefined || tenant.roles.has(ancestor.name)) return [];
    return change.except === "none"
      ? collectGrants(lineage(ancestor, roles)).map((grant) => grant.route)
      : change.except.flatMap(routeKeys);
  });
  return new Set(removed);
}

/** Returns the grants of one of a tenant's own roles, without what the tenant's `changes` and `never` remove. */
export function ownGrants(
  role: RoleDefinition,
  tenant: TenantDefinition,
  roles: ReadonlyMap<string, RoleDefinition>,
): Grant[] {
  const all = new Map([...roles, ...tenant.roles]);
  const removed = removedRoutes(role, tenant, all);
  const never = new Set(tenant.never.flatMap(routeKeys));
  return collectGrants(lineage(role, all)).filter(
    (grant) => !removed.has(grant.route) && !never.has(grant.route),
  );
}
