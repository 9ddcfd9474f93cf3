import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, APIGatewayProxyResult } from "aws-lambda";
import { type RequestCaller, readCaller } from "../../packages/caller/index.ts";

/** Responds to every route with the caller and the request, in both payload formats. */
export async function handler(
  event: APIGatewayProxyEvent | APIGatewayProxyEventV2,
): Promise<APIGatewayProxyResult> {
  const request = "rawPath" in event ? readHttpApiRequest(event) : readRestApiRequest(event);
  const body = JSON.stringify({ caller: readCallerOrNull(event), request });
  const headers = { "content-type": "application/json", "access-control-allow-origin": "*" };
  return { statusCode: 200, headers, body };
}

const readRestApiRequest = (event: APIGatewayProxyEvent) => ({
  method: event.httpMethod,
  path: event.path,
  route: `${event.httpMethod} ${event.resource}`,
  query: event.multiValueQueryStringParameters ?? {},
  ...readBody(event),
});

const readHttpApiRequest = (event: APIGatewayProxyEventV2) => ({
  method: event.requestContext.http.method,
  path: event.rawPath,
  route: event.routeKey,
  query: parseQuery(event.rawQueryString),
  ...readBody(event),
});

/**
 * Returns null on a public route, and behind API Gateway's own JWT authorizer. A backend without such routes needs only
 * `readCaller`.
 */
function readCallerOrNull(event: { requestContext: object }): RequestCaller | null {
  const { authorizer } = event.requestContext as { readonly authorizer?: object | null };
  return authorizer == null || "jwt" in authorizer ? null : readCaller(event);
}

function parseQuery(raw: string): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(raw)) query[name] = [...(query[name] ?? []), value];
  return query;
}

/** Returns the body as a string if it is UTF-8, else as base64 with `bodyEncoding`. */
function readBody({ body, isBase64Encoded }: { body?: string | null; isBase64Encoded: boolean }): {
  body: string | null;
  bodyEncoding?: "base64";
} {
  if (body == null || !isBase64Encoded) return { body: body ?? null };
  const bytes = Buffer.from(body, "base64");
  const decoded = bytes.toString("utf8");
  return Buffer.from(decoded, "utf8").equals(bytes) ? { body: decoded } : { body, bodyEncoding: "base64" };
}
