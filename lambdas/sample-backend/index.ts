import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, APIGatewayProxyResult } from "aws-lambda";
import { type EventWithAuthorizer, type RequestCaller, readCaller } from "../../packages/caller/index.ts";

/** Answers any route with who is calling and what reached it, whatever the payload's format. */
export async function handler(
  event: APIGatewayProxyEvent | APIGatewayProxyEventV2,
): Promise<APIGatewayProxyResult> {
  const request = "rawPath" in event ? requestOfHttpApi(event) : requestOfRestApi(event);
  const body = JSON.stringify({ caller: callerOf(event), request });
  const headers = { "content-type": "application/json", "access-control-allow-origin": "*" };
  return { statusCode: 200, headers, body };
}

const requestOfRestApi = (event: APIGatewayProxyEvent) => ({
  method: event.httpMethod,
  path: event.path,
  route: `${event.httpMethod} ${event.resource}`,
  query: event.multiValueQueryStringParameters ?? {},
  ...bodyOf(event),
});

const requestOfHttpApi = (event: APIGatewayProxyEventV2) => ({
  method: event.requestContext.http.method,
  path: event.rawPath,
  route: event.routeKey,
  query: queryOf(event.rawQueryString),
  ...bodyOf(event),
});

/** A public route has no caller, nor has one behind API Gateway's own authorizer. On any other, `readCaller` alone is what a backend wants. */
function callerOf(event: { requestContext: object }): RequestCaller | null {
  const { authorizer } = event.requestContext as EventWithAuthorizer["requestContext"];
  return authorizer == null || "jwt" in authorizer ? null : readCaller({ requestContext: { authorizer } });
}

function queryOf(raw: string): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(raw)) query[name] = [...(query[name] ?? []), value];
  return query;
}

/** The body as text where it is UTF-8, else as base64 and marked so. */
function bodyOf({ body, isBase64Encoded }: { body?: string | null; isBase64Encoded: boolean }): {
  body: string | null;
  bodyEncoding?: "base64";
} {
  if (body == null || !isBase64Encoded) return { body: body ?? null };
  const bytes = Buffer.from(body, "base64");
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? { body: text } : { body, bodyEncoding: "base64" };
}
