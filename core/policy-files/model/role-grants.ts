import { type Binding, conjoin, type Grant, normalizeGrants } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { Position } from "../source/problem.ts";
import type { Operation } from "./operation.ts";

/** One line of `allow`, `except`, `never` or `ceiling`, expanded. */
export interface Entry {
  readonly text: string;
  readonly at: Position;
  readonly operations: readonly Operation[];
  readonly where: Binding;
}

/** A role as its file defines it, with every line expanded. */
export interface RoleDefinition {
  readonly name: string;
  readonly description: string | undefined;
  readonly at: Position;
  readonly parents: readonly { readonly name: string; readonly at: Position }[];
  readonly allow: readonly Entry[];
  readonly except: readonly Entry[];
}

/**
 * A role and all that it extends, itself first, each once. Parents that do not exist and cycles are left
 * out: they are told when the roles are read.
 */
export function lineage(role: RoleDefinition, roles: ReadonlyMap<string, RoleDefinition>): RoleDefinition[] {
  const line = new Set<RoleDefinition>();
  const visit = (definition: RoleDefinition): void => {
    if (line.has(definition)) return;
    line.add(definition);
    for (const parent of definition.parents) {
      const found = roles.get(parent.name);
      if (found !== undefined) visit(found);
    }
  };
  visit(role);
  return [...line];
}

/** What a role and its parents allow, less what it and its parents except. */
export function grantsOf(line: readonly RoleDefinition[]): Grant[] {
  const taken = new Set(line.flatMap((role) => role.except.flatMap(routeKeys)));
  const allowed = line.flatMap((role) => role.allow.flatMap(grantsOfEntry));
  return normalizeGrants(allowed.filter((grant) => !taken.has(grant.route)));
}

const grantsOfEntry = (entry: Entry): Grant[] =>
  entry.operations.map((operation) => ({
    route: operation.route.key,
    binding: conjoin(operation.bind, entry.where),
  }));

export const routeKeys = (entry: Entry): RouteKey[] =>
  entry.operations.map((operation) => operation.route.key);
