import { respondTo } from "../../decision/authorize.ts";
import type { Caller } from "../../decision/caller.ts";
import type { DenyReason } from "../../decision/denial.ts";
import type { MembershipState } from "../../decision/memberships.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { Catalogue, TenantItem } from "../../model/items.ts";
import { findRoute, type Layout } from "../../model/layout.ts";
import { type Route, selectRoute } from "../../model/route.ts";
import type { AuthorizerResponse } from "../../policy/authorizer-response.ts";
import { evaluatePolicy } from "../../policy/evaluate.ts";

/** What a request is tried against: everything of one environment, without a table or a gateway. */
export interface PolicySimulator {
  /** All routes, public ones too. */
  readonly routes: readonly Route[];
  readonly layout: Layout;
  readonly catalogue: Catalogue;
  readonly tenants: ReadonlyMap<string, TenantItem>;
  /** Of them, those that are left to another authorizer. */
  readonly external: ReadonlySet<RouteKey>;
  /** An ARN up to its stage. */
  readonly base: string;
}

/** What a caller would get. */
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
      /** The statement that decides, by its place in the document; undefined where none matches. */
      readonly statement: number | undefined;
    };

/**
 * Tries a request as a caller makes it: route selection, authorizer, and the evaluation of what it returns.
 * `people`: the caller's memberships and revocations; null where no table is asked.
 */
export function simulate(
  simulator: PolicySimulator,
  caller: Caller,
  method: string,
  path: string,
  membershipState: MembershipState | null = null,
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
  const { response } = respondTo(resolved, caller, stored, simulator.layout);
  const methodArn = `${simulator.base}/${method}${bare}`;
  const { decision, statement } = evaluatePolicy(response.policyDocument, methodArn);
  const outcome = decision === "allow" ? "allowed" : "denied";
  const reason = outcome === "denied" ? (response.context["reason"] as DenyReason) : undefined;
  return { outcome, route, group: found.group.name, reason, response, statement };
}
