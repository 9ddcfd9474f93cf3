import { type Answer, allow, deny } from "./answer.ts";
import { type Headers, readBearerToken, type UnverifiedToken } from "./bearer-token.ts";
import { type Caller, callerFrom } from "./caller.ts";
import type { VerifiedClaims } from "./claims.ts";
import { decide } from "./decide.ts";
import { UnavailableError } from "./errors.ts";
import type { Catalogue, TenantItem } from "./items.ts";
import { findRoute, type Group, type Layout, routesInScope } from "./layout.ts";
import { couldReach, type MethodArn, parseMethodArn } from "./method-arn.ts";
import type { People } from "./people.ts";
import { permissionsOf } from "./permissions.ts";
import { isRefusal } from "./refusal.ts";
import { matchPath, type Route } from "./route.ts";

/** What the authorizer is asked, free of AWS's event. */
export interface AuthorizerRequest {
  readonly method: string;
  /** The matched route's template. */
  readonly resource: string;
  readonly methodArn: string;
  readonly headers: Headers;
  readonly stageVariables: Readonly<Record<string, string | undefined>>;
}

/** What one decision reads of the table. */
export interface StoredPermissions {
  readonly catalogue: Catalogue;
  /** Undefined: the table has no such tenant. */
  readonly tenant: TenantItem | undefined;
  /** Memberships and revocations of the caller; null: a tool's supposed caller, of whom none are read. */
  readonly people: People | null;
}

export interface Collaborators {
  readonly layout: Layout;
  /** @throws UnauthorizedError, or UnavailableError where the keys cannot be had */
  verifyToken(token: UnverifiedToken): Promise<VerifiedClaims>;
  /** @throws UnavailableError where the table cannot be read */
  loadPermissions(caller: Caller): Promise<StoredPermissions>;
}

/**
 * The way of a request: token, verified claims, tenant context, permissions, decision, answer.
 *
 * @throws UnauthorizedError (401) and UnavailableError (500); a 403 is an answer
 */
export async function authorize(request: AuthorizerRequest, with_: Collaborators): Promise<Answer> {
  const place = locate(request, with_.layout);
  const token = readBearerToken(request.headers);
  const claims = await with_.verifyToken(token);
  const caller = callerFrom(claims, selectedTenant(request, place, with_.layout));
  if (isRefusal(caller)) return deny(place, caller);
  return answerFor(place, caller, await with_.loadPermissions(caller), with_.layout);
}

/** From a caller to the answer: the part that commands and tests share, whoever vouches for the caller. */
export function answerFor(place: Place, caller: Caller, stored: StoredPermissions, layout: Layout): Answer {
  const permissions = permissionsOf(caller, stored);
  if (isRefusal(permissions)) return deny(place, permissions);
  const decision = decide(permissions, routesInScope(layout, place), layout);
  return isRefusal(decision)
    ? deny(place, decision, permissions)
    : allow(place, decision, permissions, layout);
}

/** The request's route and group, and the ARN that its policy is built on. */
export interface Place {
  readonly route: Route;
  readonly group: Group;
  readonly arn: MethodArn;
}

/** Closed: a route outside the layout, an ARN that the route cannot have, or another layout's stage is an error. */
function locate(request: AuthorizerRequest, layout: Layout): Place {
  const found = findRoute(layout, `${request.method} ${request.resource}`);
  if (found === undefined)
    throw new UnavailableError(
      "route_unknown",
      "The event's route is not in this bundle's layout: deploy API and bundle of one build",
    );
  const { stageVariable, stageValue } = found.group;
  if (request.stageVariables[stageVariable] !== stageValue)
    throw new UnavailableError(
      "layout_mismatch",
      `Stage variable ${stageVariable} is not ${stageValue}: the stage belongs to another layout`,
    );
  const arn = parseMethodArn(request.methodArn);
  if (!couldReach(found.route, arn))
    throw new UnavailableError("route_unknown", "The event's methodArn is not one of its route's");
  return { ...found, arn };
}

/** The tenant that the request names; empty where it should and does not, undefined where the claim alone decides. */
function selectedTenant({ headers }: AuthorizerRequest, place: Place, layout: Layout): string | undefined {
  const selector = layout.tenantSelector;
  if (selector === null) return undefined;
  if ("path" in selector) return tenantInPath(place, selector.path);
  const values = headers.get("host" in selector ? "host" : selector.header.toLowerCase()) ?? [];
  const [only = ""] = values.length === 1 ? values : [];
  return "host" in selector ? firstLabel(only) : only;
}

/** The policy binds the parameter to the tenant, so a cached answer opens no other tenant's path. */
function tenantInPath({ route, arn }: Place, parameter: string): string | undefined {
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
