import { headerValue } from "../shared/headers.ts";
import type { GatewayRequest } from "../shared/request.ts";
import type { HttpResponse } from "../shared/response.ts";
import type { CorsDefinition } from "./definition.ts";

/** API Gateway's answer to a preflight request, whatever the routes are; undefined where it is none. */
export function preflightAnswer(
  cors: CorsDefinition | undefined,
  request: GatewayRequest,
): HttpResponse | undefined {
  const asks = headerValue(request.headers, "access-control-request-method") !== undefined;
  if (cors === undefined || request.method !== "OPTIONS" || !asks) return undefined;
  const origin = allowedOrigin(cors, request);
  const headers: [string, string][] =
    origin === undefined
      ? []
      : [
          ["Access-Control-Allow-Origin", origin],
          ["Access-Control-Allow-Methods", cors.allowMethods.join(",")],
          ["Access-Control-Allow-Headers", cors.allowHeaders.join(",")],
          ...(cors.maxAge === undefined
            ? []
            : [["Access-Control-Max-Age", String(cors.maxAge)] as [string, string]]),
        ];
  return { status: 204, headers, body: Buffer.alloc(0) };
}

/** A backend's answer with the API's CORS headers in place of its own. */
export function withCors(
  cors: CorsDefinition | undefined,
  request: GatewayRequest,
  response: HttpResponse,
): HttpResponse {
  if (cors === undefined) return response;
  const kept = response.headers.filter(([name]) => !name.toLowerCase().startsWith("access-control-"));
  const origin = allowedOrigin(cors, request);
  return {
    ...response,
    headers: origin === undefined ? kept : [...kept, ["Access-Control-Allow-Origin", origin]],
  };
}

function allowedOrigin({ allowOrigins }: CorsDefinition, { headers }: GatewayRequest): string | undefined {
  const origin = headerValue(headers, "origin");
  if (origin === undefined) return undefined;
  return allowOrigins.includes("*") ? "*" : allowOrigins.find((allowed) => allowed === origin);
}
