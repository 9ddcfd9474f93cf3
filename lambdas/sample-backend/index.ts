import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { type Caller, readCaller } from "../caller/index.ts";

/** Answers any route with who is calling and what reached it. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const request = {
    method: event.httpMethod,
    path: event.path,
    route: `${event.httpMethod} ${event.resource}`,
    query: event.multiValueQueryStringParameters ?? {},
    ...bodyOf(event),
  };
  const body = JSON.stringify({ caller: callerOf(event), request });
  const headers = { "content-type": "application/json", "access-control-allow-origin": "*" };
  return { statusCode: 200, headers, body };
}

/** A public route has no caller. On any other, `readCaller` alone is what a backend wants. */
const callerOf = (event: APIGatewayProxyEvent): Caller | null =>
  event.requestContext.authorizer == null ? null : readCaller(event);

/** The body as text where it is UTF-8, else as base64 and marked so. */
function bodyOf({ body, isBase64Encoded }: APIGatewayProxyEvent): {
  body: string | null;
  bodyEncoding?: "base64";
} {
  if (body === null || !isBase64Encoded) return { body };
  const bytes = Buffer.from(body, "base64");
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? { body: text } : { body, bodyEncoding: "base64" };
}
