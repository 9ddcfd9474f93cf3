import { sourceValues } from "../decision/caller.ts";
import { type Decision, decide } from "../decision/decide.ts";
import { type Denial, isDenial } from "../decision/denial.ts";
import type { Report } from "../decision/finding.ts";
import type { Permissions, SummedPermissions } from "../decision/permissions.ts";
import type { ResolvedRoute } from "../decision/resolve-route.ts";
import { type Group, type Layout, routesInScope } from "../model/layout.ts";
import { type Cache, memoize, NO_CACHE, objectNumber } from "../model/memoize.ts";
import { compilePolicy } from "./compile.ts";
import type { PolicyDocument } from "./policy-document.ts";
import { MAX_RESOURCE_LENGTH } from "./resource-size.ts";

/** A policy and the length of its JSON, or the reason why there is none. */
export type CompiledPolicy =
  | { readonly document: PolicyDocument; readonly bytes: number }
  | { readonly reason: Denial["reason"] };

/**
 * Decides what permissions allow at a resolved route, and compiles the policy.
 *
 * @param policies caches policies by everything that they depend on: role set, layout, routes, ARN, and those
 *   scopes and values of the caller that a route or a binding uses
 * @param report receives the findings; absent if nobody asks for them
 */
export function compiledPolicy(
  permissions: SummedPermissions,
  resolved: ResolvedRoute,
  layout: Layout,
  policies: Cache<CompiledPolicy> = NO_CACHE,
  report?: Report,
): CompiledPolicy {
  // The cache has no findings.
  if (report !== undefined) return compile(permissions, resolved, layout, report);
  const { caller, grants, sources } = permissions;
  const { arn, group, route } = resolved;
  const values = sources.map((source) => sourceValues(caller, source));
  const routes = layout.mode === "token" ? group.name : route.key;
  const scopes = neededScopes(group).filter((scope) => caller.scopes.includes(scope));
  const key = JSON.stringify([objectNumber(grants), objectNumber(layout), routes, arn.base, scopes, values]);
  const cached = policies.get(key);
  if (cached !== undefined) return cached;
  const compiled = compile(permissions, resolved, layout);
  policies.set(key, compiled);
  return compiled;
}

/** Lists the scopes that at least one route of a group needs. */
const neededScopes = memoize(({ routes }: Group): readonly string[] => [
  ...new Set(routes.flatMap(({ scopes }) => scopes)),
]);

function compile(
  permissions: Permissions,
  resolved: ResolvedRoute,
  layout: Layout,
  report?: Report,
): CompiledPolicy {
  const decision = decide(permissions, routesInScope(layout, resolved), layout, report);
  return isDenial(decision) ? { reason: decision.reason } : writePolicy(decision, resolved, layout, report);
}

/** Compiles a decision to a policy. */
export function writePolicy(
  decision: Decision,
  resolved: ResolvedRoute,
  layout: Pick<Layout, "slashes">,
  report?: Report,
): CompiledPolicy {
  const document = compilePolicy(resolved.arn.base, resolved.group, decision, layout);
  if (document === undefined) {
    const reason = "binding_not_expressible";
    report?.({ check: "resource_length", denies: reason, limit: MAX_RESOURCE_LENGTH });
    return { reason };
  }
  return { document, bytes: JSON.stringify(document).length };
}
