import { headerValue } from "../shared/headers.ts";
import type { GatewayRequest } from "../shared/request.ts";
import type { HttpResponse } from "../shared/response.ts";
import type { CorsDefinition } from "./definition.ts";

/** Returns API Gateway's response to a preflight request, which no route can change; undefined for other requests. */
export function preflightResponse(
  cors: CorsDefinition | undefined,
  request: GatewayRequest,
): HttpResponse | undefined {
  const isPreflight = headerValue(request.headers, "access-control-request-method") !== undefined;
  if (cors === undefined || request.method !== "OPTIONS" || !isPreflight) return undefined;
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

/** Replaces the CORS headers of a backend's response with the API's. */
export function withCors(
  cors: CorsDefinition | undefined,
  request: GatewayRequest,
  response: HttpResponse,
): HttpResponse {
  if (cors === undefined) return response;
  const others = response.headers.filter(([name]) => !name.toLowerCase().startsWith("access-control-"));
  const origin = allowedOrigin(cors, request);
  return {
    ...response,
    headers: origin === undefined ? others : [...others, ["Access-Control-Allow-Origin", origin]],
  };
}

function allowedOrigin({ allowOrigins }: CorsDefinition, { headers }: GatewayRequest): string | undefined {
  const origin = headerValue(headers, "origin");
  if (origin === undefined) return undefined;
  return allowOrigins.includes("*") ? "*" : allowOrigins.find((allowed) => allowed === origin);
}
