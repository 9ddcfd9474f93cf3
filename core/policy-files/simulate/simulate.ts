import { answerFor } from "../../decision/authorize.ts";
import type { Caller } from "../../decision/caller.ts";
import type { Reason } from "../../decision/denial.ts";
import type { People } from "../../decision/memberships.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { Catalogue, TenantItem } from "../../model/items.ts";
import { findRoute, type Layout } from "../../model/layout.ts";
import { type Route, selectRoute } from "../../model/route.ts";
import type { AuthorizerResponse } from "../../policy/authorizer-response.ts";
import { evaluatePolicy, type PolicyDocument } from "../../policy/evaluate.ts";

/** What a request is tried against: everything of one environment, without a table or a gateway. */
export interface TrialStand {
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
export type Trial =
  | { readonly outcome: "unknown-route" }
  | { readonly outcome: "public"; readonly route: Route }
  | { readonly outcome: "external"; readonly route: Route }
  | {
      readonly outcome: "allowed" | "refused";
      readonly route: Route;
      readonly group: string;
      readonly reason: Reason | undefined;
      readonly response: AuthorizerResponse;
      /** The statement that decides, by its place in the document; undefined where none matches. */
      readonly statement: number | undefined;
    };

const NOWHERE = { sourceIp: "127.0.0.1", now: new Date(0) };

/**
 * Tries a request as a caller makes it: route selection, authorizer, and the evaluation of what it returns.
 * `people`: the caller's memberships and revocations; null where no table is asked.
 */
export function tryRequest(
  stand: TrialStand,
  caller: Caller,
  method: string,
  path: string,
  people: People | null = null,
): Trial {
  const bare = path.split("?", 1)[0] ?? path;
  const route = selectRoute(stand.routes, method, bare);
  if (route === undefined) return { outcome: "unknown-route" };
  const found = findRoute(stand.layout, route.key);
  if (found === undefined)
    return stand.external.has(route.key) ? { outcome: "external", route } : { outcome: "public", route };
  const place = { ...found, arn: { base: stand.base, method, path: bare } };
  const stored = { catalogue: stand.catalogue, tenant: stand.tenants.get(caller.tenant), people };
  const { response } = answerFor(place, caller, stored, stand.layout);
  const document = response.policyDocument as unknown as PolicyDocument;
  const { decision, statement } = evaluatePolicy(document, {
    methodArn: `${stand.base}/${method}${bare}`,
    ...NOWHERE,
  });
  const outcome = decision === "allow" ? "allowed" : "refused";
  const reason = outcome === "refused" ? (response.context["reason"] as Reason) : undefined;
  return { outcome, route, group: found.group.name, reason, response, statement };
}
