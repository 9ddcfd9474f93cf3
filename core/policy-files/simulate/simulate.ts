import { respondTo } from "../../decision/authorize.ts";
import type { Caller } from "../../decision/caller.ts";
import type { DenyReason } from "../../decision/denial.ts";
import type { Report } from "../../decision/finding.ts";
import type { MembershipState } from "../../decision/memberships.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { Catalogue, TenantItem } from "../../model/items.ts";
import { findRoute, type Layout } from "../../model/layout.ts";
import { type Route, selectRoute } from "../../model/route.ts";
import type { AuthorizerResponse } from "../../policy/authorizer-response.ts";
import { evaluateRequest } from "../../policy/request-outcome.ts";

/** Everything that decides a request in one environment, without a table or a gateway. */
export interface PolicySimulator {
  /** All routes, including public ones. */
  readonly routes: readonly Route[];
  readonly layout: Layout;
  readonly catalogue: Catalogue;
  readonly tenants: ReadonlyMap<string, TenantItem>;
  /** The routes that are left to another authorizer. */
  readonly external: ReadonlySet<RouteKey>;
  /** An ARN up to and including its stage. */
  readonly base: string;
}

/** The result of a simulated request. */
export type Simulation =
  | { readonly outcome: "unknown-route" }
  | { readonly outcome: "public"; readonly route: Route }
  | { readonly outcome: "external"; readonly route: Route }
  | {
      readonly outcome: "allowed" | "denied";
      readonly route: Route;
      readonly group: string;
      readonly reason: DenyReason | undefined;
      readonly response: AuthorizerResponse;
      /** The index of the statement that decides; undefined if none matches. */
      readonly statement: number | undefined;
    };

/**
 * Simulates a caller's request: selects the route, runs the authorizer, and evaluates the policy that it returns.
 * `membershipState` holds the caller's memberships and revocations; null if no table is read. `report` receives the
 * findings.
 */
export function simulate(
  simulator: PolicySimulator,
  caller: Caller,
  method: string,
  path: string,
  membershipState: MembershipState | null = null,
  report?: Report,
): Simulation {
  const bare = path.split("?", 1)[0] ?? path;
  const route = selectRoute(simulator.routes, method, bare);
  if (route === undefined) return { outcome: "unknown-route" };
  const found = findRoute(simulator.layout, route.key);
  if (found === undefined)
    return simulator.external.has(route.key) ? { outcome: "external", route } : { outcome: "public", route };
  const resolved = { ...found, arn: { base: simulator.base, method, path: bare } };
  const stored = {
    catalogue: simulator.catalogue,
    tenant: simulator.tenants.get(caller.tenant),
    membershipState,
  };
  const { response } = respondTo(resolved, caller, stored, simulator.layout, {}, report);
  const methodArn = `${simulator.base}/${method}${bare}`;
  const { decision, statement } = evaluateRequest(response.policyDocument, methodArn);
  const outcome = decision === "allow" ? "allowed" : "denied";
  const reason = outcome === "denied" ? (response.context["reason"] as DenyReason) : undefined;
  return { outcome, route, group: found.group.name, reason, response, statement };
}
