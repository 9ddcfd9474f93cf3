import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import type { Headers } from "../../../core/decision/bearer-token.ts";
import type { AuthorizerRequest } from "../../../core/decision/resolve-route.ts";
import { InternalError } from "../../../core/model/errors.ts";
import { parseMethodArn } from "../../../core/model/method-arn.ts";
import { parseTemplate, type Segment } from "../../../core/model/route.ts";
import type { EventAdapter } from "./event-adapter.ts";
import { toSimpleResponse } from "./simple-response.ts";

/** An HTTP API's authorizer, payload format 2.0, that returns a policy. */
export const httpIamAdapter: EventAdapter = {
  toRequest,
  requestId: (event) => (event as Partial<Event> | null)?.requestContext?.requestId,
  toResponse: (answer) => answer,
};

/** The same, with simple responses. */
export const httpSimpleAdapter: EventAdapter = {
  ...httpIamAdapter,
  toResponse: (answer, event) => toSimpleResponse(answer, arnsOf(event as Event)),
};

type Event = APIGatewayRequestAuthorizerEventV2;

function toRequest(event: unknown): AuthorizerRequest {
  const { version, routeKey, routeArn, headers, stageVariables } = event as Event;
  if (version !== "2.0" || typeof routeKey !== "string")
    throw new InternalError("route_unknown", "The event is not of payload format 2.0");
  const { method, path } = splitKey(routeKey);
  return {
    method,
    resource: path,
    methodArn: routeArn,
    headers: splitHeaders(headers ?? {}),
    stageVariables: stageVariables ?? {},
  };
}

/** `GET /documents/{documentId}`; `$default` has no path. */
function splitKey(routeKey: string): { method: string; path: string } {
  const [method = "", path = ""] = routeKey.split(" ");
  return { method, path };
}

/**
 * Format 2.0 joins the values of a header that was sent several times by commas, so a comma stands between
 * values: neither a token nor a host has one, and a tenant's id with a comma cannot be selected by a header.
 */
function splitHeaders(headers: NonNullable<Event["headers"]>): Headers {
  const split = new Map<string, string[]>();
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    split.set(key, [...(split.get(key) ?? []), ...(value ?? "").split(",").map((one) => one.trim())]);
  }
  return split;
}

/**
 * The request's ARN as the event has it, and as the route's template with the parameters' values: API Gateway
 * decodes an HTTP API's path before it tells it, and ends it at a decoded `?`.
 */
function arnsOf({ routeArn, routeKey, pathParameters }: Event): string[] {
  const { base, method } = parseMethodArn(routeArn);
  const textOf = (segment: Segment): string =>
    segment.kind === "literal" ? segment.text : (pathParameters?.[segment.name] ?? "");
  const path = parseTemplate(splitKey(routeKey).path).map(textOf).join("/");
  return [routeArn, `${base}/${method}/${path}`];
}
