import { InternalError } from "../model/errors.ts";
import { findRoute, type Group, type Layout } from "../model/layout.ts";
import { couldBeRequestOf, couldReach, type MethodArn, parseMethodArn } from "../model/method-arn.ts";
import type { Route } from "../model/route.ts";
import type { Headers } from "./bearer-token.ts";

/** A request to the authorizer, independent of the formats of AWS events. */
export interface AuthorizerRequest {
  readonly method: string;
  /** The path template of the matched route; null if the events of the API type do not contain it. */
  readonly resource: string | null;
  readonly methodArn: string;
  readonly headers: Headers;
  readonly stageVariables: Readonly<Record<string, string | undefined>>;
}

/** The route of a request, its group, and the ARN that its policy is based on. */
export interface ResolvedRoute {
  readonly route: Route;
  readonly group: Group;
  readonly arn: MethodArn;
}

/**
 * The possible routes of a request: several if the event does not contain the route and several match its ARN.
 */
export type ResolvedRoutes = readonly [ResolvedRoute, ...ResolvedRoute[]];

/**
 * Resolves the route of a request. Fails closed: a route that is not in the layout, an ARN that the route
 * cannot have, and a stage with another layout throw.
 *
 * @throws InternalError `route_unknown` or `layout_mismatch`
 * @example
 * import { readLayout } from "../model/layout.ts";
 * import { resolveRoute } from "./resolve-route.ts";
 *
 * const groups = [{ name: "a", routes: [["GET", "/documents/{id}"] as const], anyMethodPaths: [] }];
 * const settings = { tenantSelector: null, slashes: false, shortTenantIds: false };
 * const layout = readLayout({ mode: "token", hash: "f3a1", ...settings, groups });
 * const methodArn = "arn:aws:execute-api:eu-west-1:123456789012:a1b2/dev/GET/documents/42";
 * const stageVariables = { portcullis_a: "a-f3a1" };
 * const request = { method: "GET", resource: "/documents/{id}", methodArn, headers: new Map(), stageVariables };
 * resolveRoute(request, layout)[0].route.key; // => "GET /documents/{id}"
 */
export function resolveRoute(request: AuthorizerRequest, layout: Layout): ResolvedRoutes {
  return layout.apiType === "rest-token" ? resolveByArn(request, layout) : [resolveByRoute(request, layout)];
}

/**
 * Resolves by the ARN, because the event of a TOKEN authorizer contains no route and no stage variable. Only
 * the alias of the function ties the event to the layout.
 */
function resolveByArn({ methodArn }: AuthorizerRequest, layout: Layout): ResolvedRoutes {
  const arn = parseMethodArn(methodArn);
  const routesBy = (isRequestOf: typeof couldReach): ResolvedRoute[] =>
    layout.groups.flatMap((group) =>
      group.routes.filter((route) => isRequestOf(route, arn)).map((route) => ({ route, group, arn })),
    );
  const likely = routesBy(couldBeRequestOf);
  // A parameter of encoded slashes alone is empty once it is decoded: a denial, and not a failure.
  const [first, ...others] = likely.length > 0 ? likely : routesBy(couldReach);
  if (first === undefined)
    throw new InternalError(
      "route_unknown",
      "The event's methodArn matches no route of this bundle's layout: deploy API and bundle of one build",
    );
  // In token mode the policy is the same for every route of the group.
  return layout.mode === "token" ? [first] : [first, ...others];
}

function resolveByRoute(request: AuthorizerRequest, layout: Layout): ResolvedRoute {
  const found = findRoute(layout, `${request.method} ${request.resource}`);
  if (found === undefined)
    throw new InternalError(
      "route_unknown",
      "The event's route is not in this bundle's layout: deploy API and bundle of one build",
    );
  const { route, group } = found;
  const { stageVariable, stageValue } = group;
  if (request.stageVariables[stageVariable] !== stageValue)
    throw new InternalError(
      "layout_mismatch",
      `Stage variable ${stageVariable} is not ${stageValue}: the stage belongs to another layout`,
    );
  const arn = parseMethodArn(request.methodArn);
  if (!couldReach(route, arn))
    throw new InternalError("route_unknown", "The event's methodArn is not an ARN of the event's route");
  return { route, group, arn };
}
