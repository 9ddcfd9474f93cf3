import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, Context } from "aws-lambda";
import type { AccessRequest } from "../../../core/decision/access.ts";
import { isObject } from "../../../core/model/is-object.ts";
import { parseTemplate } from "../../../core/model/route.ts";
import { splitHeaders } from "./http-event.ts";
import { mergeHeaders } from "./rest-event.ts";

/** An event of a Lambda proxy integration, in either payload format. */
export type ProxyEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2;

/**
 * Returns whether an event is one of a Lambda proxy integration, in either payload format. API Gateway writes its members,
 * and a client cannot add one: an authorizer's event has a `type` and no body.
 */
export const isProxyEvent = (event: unknown): event is ProxyEvent =>
  isObject(event) &&
  isObject(event["requestContext"]) &&
  typeof event["isBase64Encoded"] === "boolean" &&
  !("type" in event);

/** Returns the request's id as API Gateway's own error bodies have it. Clients can choose a REST API's `requestId`. */
export const proxyRequestId = (event: ProxyEvent): string =>
  "version" in event && event.version === "2.0"
    ? event.requestContext.requestId
    : String((event as APIGatewayProxyEvent).requestContext.extendedRequestId ?? "");

/**
 * Translates an event to the core's request. It has no method ARN, so the ARN's base is made from the API's ids, and
 * partition and region from the function's ARN.
 *
 * @param template the path template of the access route
 */
export function toAccessRequest(
  event: ProxyEvent,
  { invokedFunctionArn }: Pick<Context, "invokedFunctionArn">,
  template: string,
): AccessRequest {
  const { accountId, apiId, stage } = event.requestContext;
  const [, partition, , region] = invokedFunctionArn.split(":");
  const base = `arn:${partition}:execute-api:${region}:${accountId}:${apiId}/${stage}`;
  const headers = "multiValueHeaders" in event ? mergeHeaders(event) : splitHeaders(event.headers ?? {});
  const parameters = event.pathParameters ?? {};
  const path = parseTemplate(template)
    .map((segment) => (segment.kind === "literal" ? segment.text : (parameters[segment.name] ?? "")))
    .join("/");
  return { headers, path: `/${path}`, base };
}
