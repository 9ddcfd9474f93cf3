import type { ApiType } from "../../model/layout.ts";
import { jwtOperations } from "../model/jwt-routes.ts";
import type { PolicySets, ProvenLayout } from "./build-layout.ts";

/** The policies are valid, but the requested caching mode or API type cannot implement them. */
export class CachingError extends Error {}

export const isHttpApi = (apiType: ApiType): boolean => apiType.startsWith("http-");

/**
 * Rejects routes and settings that an API of this type cannot implement.
 *
 * @throws CachingError that names the routes, or the tenant selector
 */
export function checkApiType([{ api }]: PolicySets, apiType: ApiType): void {
  const jwt = jwtOperations(api);
  if (!isHttpApi(apiType) && jwt.length > 0)
    throw new CachingError(
      `Only an HTTP API can have routes with jwt: ${jwt.map(({ route }) => route.key).join(", ")}. Build with --api-type http, or remove jwt`,
    );
  const external = api.operations.filter((operation) => operation.external !== undefined);
  if (isHttpApi(apiType) && external.length > 0)
    throw new CachingError(
      `Only a REST API can have routes with auth: external: ${external.map(({ route }) => route.key).join(", ")}. Use jwt, or remove auth`,
    );
  const keyed = api.operations.filter(({ apiKeys }) => apiKeys.length > 0);
  if (isHttpApi(apiType) && keyed.length > 0)
    throw new CachingError(
      `Only a REST API can require API keys, as these routes do: ${keyed.map(({ route }) => route.key).join(", ")}. Remove their security`,
    );
  if (apiType === "rest-token" && api.tenantSelector !== null)
    throw new CachingError(
      `Authorizer type token is not possible: its event has only the Authorization header, but x-portcullis.tenant selects the tenant by ${Object.keys(api.tenantSelector)[0]}. Use type request, or remove x-portcullis.tenant`,
    );
}

/**
 * Returns why no authorizer response can be cached for several routes, whatever the routes are; undefined if it
 * can.
 */
export function whyNotToken([{ api }]: PolicySets, apiType: ApiType): string | undefined {
  if (isHttpApi(apiType)) return "an HTTP API caches the authorizer's response for one route at a time";
  const selector = api.tenantSelector;
  return selector !== null && "path" in selector
    ? `the path parameter {${selector.path}} names the tenant, so a response for one token does not hold for all paths: use route`
    : undefined;
}

/**
 * Returns why a TOKEN authorizer, of which an API has only one per header, cannot have this layout; undefined if
 * it can.
 */
export function whyNotOneGroup(proven: ProvenLayout, apiType: ApiType): string | undefined {
  return apiType === "rest-token" && proven.groups.length > 1
    ? `an authorizer of type token needs all routes in one group, but they need ${proven.groups.length} groups`
    : undefined;
}
