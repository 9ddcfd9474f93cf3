import type { ApiType } from "../../model/layout.ts";
import { jwtOperations } from "../model/jwt-routes.ts";
import type { PolicySets, ProvenLayout } from "./build-layout.ts";

/** The policies are fine, but what was asked of caching or of the front cannot be had. */
export class CachingError extends Error {}

export const isHttpApi = (apiType: ApiType): boolean => apiType.startsWith("http-");

/**
 * Refuses what an API of this kind cannot guard.
 *
 * @throws CachingError naming the routes, or the tenant's selector
 */
export function checkFront([{ api }]: PolicySets, apiType: ApiType): void {
  const jwt = jwtOperations(api);
  if (!isHttpApi(apiType) && jwt.length > 0)
    throw new CachingError(
      `Only an HTTP API has an authorizer for jwt: ${jwt.map(({ route }) => route.key).join(", ")}. Build with --api-type http, or have Portcullis guard the route`,
    );
  const external = api.operations.filter((operation) => operation.external !== undefined);
  if (isHttpApi(apiType) && external.length > 0)
    throw new CachingError(
      `Only in a REST API can a route be left to another authorizer (auth: external): ${external.map(({ route }) => route.key).join(", ")}. Use jwt, or have Portcullis guard the route`,
    );
  if (apiType === "rest-token" && api.tenantSelector !== null)
    throw new CachingError(
      `Authorizer type token cannot be had: its event holds the Authorization header alone, and x-portcullis.tenant has the tenant chosen by a ${Object.keys(api.tenantSelector)[0]}. Take type request, or the tenant from the token's claim`,
    );
}

/** Why one answer cannot speak for several routes, whatever the routes are; undefined: it may. */
export function whyNotToken([{ api }]: PolicySets, apiType: ApiType): string | undefined {
  if (isHttpApi(apiType)) return "an HTTP API's authorizer answers for one route at a time";
  const selector = api.tenantSelector;
  return selector !== null && "path" in selector
    ? `the path's parameter {${selector.path}} names the tenant, which one answer for a token cannot follow: use route`
    : undefined;
}

/** Why a TOKEN authorizer, of which an API has one for a header, cannot have this layout; undefined: it can. */
export function whyNotOneGroup(proven: ProvenLayout, apiType: ApiType): string | undefined {
  return apiType === "rest-token" && proven.groups.length > 1
    ? `an authorizer of type token needs all routes in one group, and these take ${proven.groups.length}`
    : undefined;
}
