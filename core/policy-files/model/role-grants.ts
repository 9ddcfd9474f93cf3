import { type Binding, conjoin, type Grant, normalizeGrants } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { Position } from "../source/problem.ts";
import type { Operation } from "./operation.ts";

/** One entry of `allow`, `except`, `never` or `ceiling`, expanded. */
export interface Entry {
  readonly text: string;
  readonly at: Position;
  readonly operations: readonly Operation[];
  readonly where: Binding;
}

/** A role as its file defines it, with every entry expanded. */
export interface RoleDefinition {
  readonly name: string;
  readonly description: string | undefined;
  readonly at: Position;
  /** Where a line is added under `allow`. */
  readonly allowAt: Position;
  readonly parents: readonly { readonly name: string; readonly at: Position }[];
  readonly allow: readonly Entry[];
  readonly except: readonly Entry[];
}

/**
 * Returns a role and all roles that it extends, itself first, each once. Ignores parents that do not exist and
 * cycles: they are reported when the roles are read.
 */
export function lineage(role: RoleDefinition, roles: ReadonlyMap<string, RoleDefinition>): RoleDefinition[] {
  const visited = new Set<RoleDefinition>();
  const visit = (definition: RoleDefinition): void => {
    if (visited.has(definition)) return;
    visited.add(definition);
    for (const parent of definition.parents) {
      const found = roles.get(parent.name);
      if (found !== undefined) visit(found);
    }
  };
  visit(role);
  return [...visited];
}

/** Returns what the roles of a {@link lineage} allow, without the routes that any of them excepts. */
export function collectGrants(roles: readonly RoleDefinition[]): Grant[] {
  const excepted = new Set(roles.flatMap((role) => role.except.flatMap(routeKeys)));
  const allowed = roles.flatMap((role) => role.allow.flatMap(allowedGrants));
  return normalizeGrants(allowed.filter((grant) => !excepted.has(grant.route)));
}

const allowedGrants = (entry: Entry): Grant[] =>
  entry.operations.map((operation) => ({
    route: operation.route.key,
    binding: conjoin(operation.bind, entry.where),
  }));

export const routeKeys = (entry: Entry): RouteKey[] =>
  entry.operations.map((operation) => operation.route.key);
