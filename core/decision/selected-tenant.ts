import type { Layout } from "../model/layout.ts";
import { matchPath } from "../model/route.ts";
import type { AuthorizerRequest, ResolvedRoute } from "./resolve-route.ts";

/** The tenant that the request names; empty where it should and does not, undefined where the claim alone decides. */
export function selectedTenant(
  { headers }: AuthorizerRequest,
  resolved: ResolvedRoute,
  layout: Layout,
): string | undefined {
  const selector = layout.tenantSelector;
  if (selector === null) return undefined;
  if ("path" in selector) return tenantInPath(resolved, selector.path);
  const values = headers.get("host" in selector ? "host" : selector.header.toLowerCase()) ?? [];
  const [only = ""] = values.length === 1 ? values : [];
  return "host" in selector ? firstLabel(only) : only;
}

/** The policy binds the parameter to the tenant, so a cached answer opens no other tenant's path. */
function tenantInPath({ route, arn }: ResolvedRoute, parameter: string): string | undefined {
  if (!route.segments.some((segment) => segment.kind === "parameter" && segment.name === parameter))
    return undefined;
  try {
    return decodeURIComponent(matchPath(route.segments, arn.path)?.[parameter] ?? "");
  } catch {
    return "";
  }
}

/** Names of hosts have no case. A name of one label has no tenant before it. */
const firstLabel = (host: string): string =>
  /^([a-z0-9-]+)\.[a-z0-9.-]+(:\d+)?$/.exec(host.toLowerCase())?.[1] ?? "";
