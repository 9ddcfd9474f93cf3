import { InternalError } from "../model/errors.ts";
import { findRoute, type Group, type Layout } from "../model/layout.ts";
import { couldBeRequestOf, couldReach, type MethodArn, parseMethodArn } from "../model/method-arn.ts";
import type { Route } from "../model/route.ts";
import type { Headers } from "./bearer-token.ts";

/** What the authorizer is asked, free of AWS's event. */
export interface AuthorizerRequest {
  readonly method: string;
  /** The matched route's template; null where the front's events do not tell it. */
  readonly resource: string | null;
  readonly methodArn: string;
  readonly headers: Headers;
  readonly stageVariables: Readonly<Record<string, string | undefined>>;
}

/** The request's route and group, and the ARN that its policy is built on. */
export interface ResolvedRoute {
  readonly route: Route;
  readonly group: Group;
  readonly arn: MethodArn;
}

/** At least one: several where the event does not tell its route, and more than one could have its ARN. */
export type ResolvedRoutes = readonly [ResolvedRoute, ...ResolvedRoute[]];

/** Closed: a route outside the layout, an ARN that the route cannot have, or another layout's stage is an error. */
export function resolveRoute(request: AuthorizerRequest, layout: Layout): ResolvedRoutes {
  return layout.apiType === "rest-token" ? locateByArn(request, layout) : [locateByRoute(request, layout)];
}

/** A TOKEN authorizer's event holds no route and no stage variable: the function's alias alone binds it to its layout. */
function locateByArn({ methodArn }: AuthorizerRequest, layout: Layout): ResolvedRoutes {
  const arn = parseMethodArn(methodArn);
  const [first, ...others] = layout.groups.flatMap((group) =>
    group.routes.filter((route) => couldBeRequestOf(route, arn)).map((route) => ({ route, group, arn })),
  );
  if (first === undefined)
    throw new InternalError(
      "route_unknown",
      "The event's methodArn is none of this bundle's layout: deploy API and bundle of one build",
    );
  // One policy for the whole group does not depend on the route.
  return layout.mode === "token" ? [first] : [first, ...others];
}

function locateByRoute(request: AuthorizerRequest, layout: Layout): ResolvedRoute {
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
    throw new InternalError("route_unknown", "The event's methodArn is not one of its route's");
  return { route, group, arn };
}
