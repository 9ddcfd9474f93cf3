import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import type { Headers } from "../../../core/decision/bearer-token.ts";
import type { AuthorizerRequest } from "../../../core/decision/resolve-route.ts";
import { InternalError } from "../../../core/model/errors.ts";
import { arnSpellings, parseMethodArn } from "../../../core/model/method-arn.ts";
import { parseTemplate, type Segment } from "../../../core/model/route.ts";
import type { LoggedResponse } from "../../../core/policy/authorizer-response.ts";
import { evaluatePolicy } from "../../../core/policy/evaluate.ts";
import type { AdaptedResponse, EventAdapter } from "./event-adapter.ts";

/** The adapter of an HTTP API's authorizer, payload format 2.0, that returns a policy. */
export const httpIamAdapter: EventAdapter = {
  toRequest,
  requestId: (event) => (event as Partial<Event> | null)?.requestContext?.requestId,
  toResponse: (response) => response,
};

/** The adapter of an HTTP API's authorizer, payload format 2.0, that returns simple responses. */
export const httpSimpleAdapter: EventAdapter = {
  ...httpIamAdapter,
  toResponse: (response, event) => toSimpleResponse(response, requestArns(event as Event)),
};

type Event = APIGatewayRequestAuthorizerEventV2;

function toRequest(event: unknown): AuthorizerRequest {
  const { version, routeKey, routeArn, headers, stageVariables } = event as Event;
  if (version !== "2.0" || typeof routeKey !== "string")
    throw new InternalError("route_unknown", "The event does not have payload format 2.0");
  const { method, path } = splitRouteKey(routeKey);
  return {
    method,
    resource: path,
    methodArn: routeArn,
    headers: splitHeaders(headers ?? {}),
    stageVariables: stageVariables ?? {},
  };
}

/** Splits a route key such as `GET /documents/{documentId}`. The key `$default` has no path. */
function splitRouteKey(routeKey: string): { method: string; path: string } {
  const [method = "", path = ""] = routeKey.split(" ");
  return { method, path };
}

/**
 * Splits header values at commas, because format 2.0 joins the values of a header that was sent several times by
 * commas. Tokens and hosts contain no comma. A tenant whose id contains a comma cannot be selected by a header.
 */
export function splitHeaders(headers: NonNullable<Event["headers"]>): Headers {
  const split = new Map<string, string[]>();
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    split.set(key, [...(split.get(key) ?? []), ...(value ?? "").split(",").map((one) => one.trim())]);
  }
  return split;
}

/**
 * Returns the request's ARN as the event has it, and as the route's template with the parameters' values. They can
 * differ, because API Gateway decodes an HTTP API's path before it writes the event, and cuts it at a decoded `?`.
 */
function requestArns({ routeArn, routeKey, pathParameters }: Event): string[] {
  const { base, method } = parseMethodArn(routeArn);
  const segmentValue = (segment: Segment): string =>
    segment.kind === "literal" ? segment.text : (pathParameters?.[segment.name] ?? "");
  const path = parseTemplate(splitRouteKey(routeKey).path).map(segmentValue).join("/");
  return [routeArn, `${base}/${method}/${path}`];
}

/**
 * Returns a response for one request, which allows it only if the policy allows each of its ARNs. The API's cache key
 * must contain the path, because a role can bind a path parameter to the caller.
 */
function toSimpleResponse({ response, log }: LoggedResponse, arns: readonly string[]): AdaptedResponse {
  const { reason = "route_not_granted", ...context } = response.context;
  const { policyBytes: _, ...decision } = log;
  const allows = (arn: string) => evaluatePolicy(response.policyDocument, arn).decision === "allow";
  if (arns.flatMap(arnSpellings).every(allows))
    return { response: { isAuthorized: true, context }, log: decision };
  return {
    response: { isAuthorized: false, context: { ...context, reason } },
    log: { ...decision, outcome: "deny", reason },
  };
}
