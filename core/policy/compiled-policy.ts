import { sourceValue } from "../decision/caller.ts";
import { type Decision, decide } from "../decision/decide.ts";
import { type Denial, isDenial } from "../decision/denial.ts";
import type { Permissions, SummedPermissions } from "../decision/permissions.ts";
import type { ResolvedRoute } from "../decision/resolve-route.ts";
import { type Group, type Layout, routesInScope } from "../model/layout.ts";
import { type Cache, memoize, NO_CACHE, numberOf } from "../model/memoize.ts";
import { compilePolicy, type PolicyDocument } from "./compile.ts";

/** A policy as it is returned, and what its JSON takes; or why there is none. */
export type CompiledPolicy =
  | { readonly document: PolicyDocument; readonly bytes: number }
  | { readonly reason: Denial["reason"] };

/**
 * What permissions allow at a place, decided and written down.
 *
 * @param policies keeps them, by all that they depend on: role set, routes, ARN, and the caller's scopes and own
 *   values as far as a route or a binding looks at them
 */
export function compiledPolicy(
  permissions: SummedPermissions,
  resolved: ResolvedRoute,
  layout: Layout,
  policies: Cache<CompiledPolicy> = NO_CACHE,
): CompiledPolicy {
  const { caller, grants, sources } = permissions;
  const { arn, group, route } = resolved;
  const values = sources.map((source) => sourceValue(caller, source));
  const routes = layout.mode === "token" ? group.name : route.key;
  const scopes = scopesOf(group).filter((scope) => caller.scopes.includes(scope));
  const key = JSON.stringify([numberOf(grants), numberOf(layout), routes, arn.base, scopes, values]);
  const known = policies.get(key);
  if (known !== undefined) return known;
  const compiled = compile(permissions, resolved, layout);
  policies.set(key, compiled);
  return compiled;
}

/** The scopes that any route of a group needs. */
const scopesOf = memoize(({ routes }: Group): readonly string[] => [
  ...new Set(routes.flatMap(({ scopes }) => scopes)),
]);

function compile(permissions: Permissions, resolved: ResolvedRoute, layout: Layout): CompiledPolicy {
  const decision = decide(permissions, routesInScope(layout, resolved), layout);
  return isDenial(decision) ? { reason: decision.reason } : writePolicy(decision, resolved, layout);
}

/** A decision, as the policy that says it. */
export function writePolicy(
  decision: Decision,
  resolved: ResolvedRoute,
  layout: Pick<Layout, "slashes">,
): CompiledPolicy {
  const document = compilePolicy(resolved.arn.base, resolved.group, decision, layout);
  if (document === undefined) return { reason: "binding_not_expressible" };
  return { document, bytes: JSON.stringify(document).length };
}
