import type { AccessSettings } from "../../model/access-settings.ts";
import { makeRoute } from "../../model/route.ts";
import { type Api, addedOperation, isGuarded } from "../model/operation.ts";
import type { Position, Problems } from "../source/problem.ts";
import { suggestion } from "../source/suggestion.ts";
import { clientHeaders, type Json } from "./definition-operation.ts";
import { errorTexts } from "./gateway-responses.ts";
import { httpApiLambda, INTEGRATION_KEY, lambdaIntegration } from "./integrations.ts";
import { pathParameters, preflight } from "./preflight.ts";

/** The path of the access route, as the root of `api.yaml` has it. */
export interface AccessPath {
  readonly path: string;
  readonly at: Position;
}

/**
 * Adds the route at which a caller reads what it may do, if the root has `access`. Rejects a route of the team's own at
 * this path, and parameters that the route has no use for.
 */
export function withAccessRoute(api: Api, access: AccessPath | undefined, problems: Problems): Api {
  if (access === undefined) return api;
  const { path, at } = access;
  for (const own of api.operations.filter(({ route }) => route.path === path))
    problems.error(
      "reserved-path",
      own.at,
      `${own.route.key}: Portcullis serves this path itself, because of access at the root: remove the route, or write another path there`,
    );
  const { tenantSelector: selector } = api;
  const allowed = selector !== null && "path" in selector ? [selector.path] : [];
  const route = makeRoute("GET", path);
  for (const { kind, name } of route.segments.filter((segment) => segment.kind !== "literal"))
    if (kind === "greedy" || !allowed.includes(name))
      problems.error(
        "unknown-parameter",
        at,
        `access: ${path} has the parameter {${name}}, but only the parameter of the tenant selector can be in the path${suggestion(name, allowed)}`,
      );
  const operation = { ...addedOperation(route, at), access: true } as const;
  return { ...api, operations: [...api.operations, operation] };
}

/** Returns the permission of each guarded route that has one. */
export const permissionsByRoute = ({ operations }: Pick<Api, "operations">): AccessSettings["permissions"] =>
  Object.fromEntries(
    operations
      .filter(isGuarded)
      .flatMap(({ route, permission }) =>
        permission === undefined ? [] : [[route.key, permission] as const],
      ),
  );

/** Returns what the function needs to answer at the access route; undefined if the API has none. */
export function accessSettings(api: Api, isHttpApi: boolean): AccessSettings | undefined {
  const { operations, tenantSelector } = api;
  const path = operations.find(({ access }) => access)?.route.path;
  if (path === undefined) return undefined;
  return {
    path,
    permissions: permissionsByRoute(api),
    errors: isHttpApi ? null : errorTexts(tenantSelector),
  };
}

const SUMMARY = "What the caller may do";

/** Returns the path item in a REST API. The authorizer's function answers, by the alias of the layout. */
export const restAccess = ({ route }: Pick<ReturnType<typeof addedOperation>, "route">, api: Api): Json => ({
  get: {
    summary: SUMMARY,
    security: [],
    parameters: pathParameters(route.segments),
    responses: { "200": { description: SUMMARY } },
    [INTEGRATION_KEY]: lambdaIntegration("${authorizer_uri}"),
  },
  options: preflight([route], clientHeaders(api, [])),
});

/** Returns the operation in an HTTP API. */
export const httpAccess = ({ route }: Pick<ReturnType<typeof addedOperation>, "route">): Json => ({
  summary: SUMMARY,
  parameters: pathParameters(route.segments),
  responses: { "200": { description: SUMMARY } },
  security: [],
  [INTEGRATION_KEY]: httpApiLambda("${authorizer_uri}"),
});
