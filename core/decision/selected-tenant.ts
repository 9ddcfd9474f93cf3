import type { Layout } from "../model/layout.ts";
import { matchPath } from "../model/route.ts";
import type { AuthorizerRequest, ResolvedRoute } from "./resolve-route.ts";

/**
 * Returns the tenant that the request selects. The result is empty if the request should select one but does
 * not, and undefined if the claim alone decides.
 *
 * @example
 * import { makeRoute } from "../model/route.ts";
 * import { selectedTenant } from "./selected-tenant.ts";
 *
 * const resolved = { route: makeRoute("GET", "/documents"), arn: { base: "", method: "GET", path: "/documents" } };
 * const layout = { tenantSelector: { header: "X-Tenant" } };
 * selectedTenant({ headers: new Map([["x-tenant", ["acme"]]]) }, resolved, layout); // => "acme"
 * selectedTenant({ headers: new Map() }, resolved, layout); // => ""
 */
export function selectedTenant(
  { headers }: Pick<AuthorizerRequest, "headers">,
  resolved: Pick<ResolvedRoute, "route" | "arn">,
  { tenantSelector: selector }: Pick<Layout, "tenantSelector">,
): string | undefined {
  if (selector === null) return undefined;
  if ("path" in selector) return tenantInPath(resolved, selector.path);
  const values = headers.get("host" in selector ? "host" : selector.header.toLowerCase()) ?? [];
  const [only = ""] = values.length === 1 ? values : [];
  return "host" in selector ? firstLabel(only) : only;
}

/**
 * Reads the tenant from the path. The policy binds the parameter to it, so a cached policy opens no other
 * tenant's path.
 */
function tenantInPath(
  { route, arn }: Pick<ResolvedRoute, "route" | "arn">,
  parameter: string,
): string | undefined {
  if (!route.segments.some((segment) => segment.kind === "parameter" && segment.name === parameter))
    return undefined;
  try {
    return decodeURIComponent(matchPath(route.segments, arn.path)?.[parameter] ?? "");
  } catch {
    return "";
  }
}

/**
 * Returns the first label of a host name, in lower case because host names have no case; empty if it is the
 * only label.
 */
const firstLabel = (host: string): string =>
  /^([a-z0-9-]+)\.[a-z0-9.-]+(:\d+)?$/.exec(host.toLowerCase())?.[1] ?? "";
