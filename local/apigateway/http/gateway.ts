import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Gateway, type GatewayOptions, handleWith } from "../shared/gateway.ts";
import { GatewayFailure, toGatewayFailure } from "../shared/gateway-failure.ts";
import { checkLimits } from "../shared/limits.ts";
import { checkTarget, type GatewayRequest, readBody, readHead } from "../shared/request.ts";
import { type HttpResponse, send } from "../shared/response.ts";
import { createThrottle } from "../shared/throttle.ts";
import { httpAccessLogEntry } from "./access-log.ts";
import { preflightResponse, withCors } from "./cors.ts";
import { readHttpDefinition } from "./definition.ts";
import type { HttpExchange } from "./exchange.ts";
import { forwardRequest } from "./http-integration.ts";
import { importHttpDefinition } from "./import-definition.ts";
import { createJwtAuthorizers } from "./jwt-authorizer.ts";
import { createLambdaAuthorizers } from "./lambda-authorizer.ts";
import { invokeLambda } from "./lambda-integration.ts";
import { selectHttpRoute } from "./route-selection.ts";

/**
 * Creates an API Gateway HTTP API from its definition: routes, Lambda authorizers of payload format 2.0 with their
 * cache, JWT authorizers, `aws_proxy` (format 2.0) and `http_proxy` integrations with overwritten headers, CORS,
 * limits and throttling. Where AWS's behaviour is not established, it denies the request.
 *
 * @throws DefinitionError for a definition that API Gateway would not import or that cannot be run here
 */
export function createHttpGateway(options: GatewayOptions): Gateway {
  const now = options.now ?? Date.now;
  const api = importHttpDefinition(readHttpDefinition(options.definition), options.functions);
  const lambdaAuthorizers = createLambdaAuthorizers(options.encodedPaths ?? "unknown", now);
  const authorizeJwt = createJwtAuthorizers(now, options.jwksUris ?? new Map());
  const { throttle } = options.stage;
  const admits = throttle === undefined ? () => true : createThrottle(throttle, now);

  async function respond(exchange: HttpExchange): Promise<HttpResponse> {
    const { request } = exchange;
    checkTarget(request);
    checkLimits(exchange);
    const preflight = preflightResponse(api.cors, request);
    if (preflight !== undefined) return preflight;
    const matched = selectHttpRoute(api.routes, request.method, request.path);
    exchange.matched = matched;
    if (!admits()) throw new GatewayFailure("THROTTLED");
    const { authorizer } = matched.route;
    if (authorizer?.type === "request") await lambdaAuthorizers.authorize(authorizer, exchange);
    if (authorizer?.type === "jwt") await authorizeJwt(authorizer, matched.route, exchange);
    return withCors(api.cors, request, await integrate(exchange, now));
  }

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const request: GatewayRequest = { ...readHead(req, now()), body: await readBody(req) };
    const exchange: HttpExchange = { request, api: options, requestId: randomBytes(11).toString("base64") };
    const response = await respond(exchange).catch((error: unknown) => failureResponse(error, exchange));
    send(res, response, request.method, { "Apigw-Requestid": exchange.requestId });
    options.onAccessLog?.(httpAccessLogEntry(exchange, response));
  }

  return { handle: handleWith(serve), flushAuthorizerCache: lambdaAuthorizers.flush };
}

async function integrate(exchange: HttpExchange, now: () => number): Promise<HttpResponse> {
  const integration = exchange.matched?.route.integration;
  if (integration === undefined) throw new Error("The request has reached no route");
  const startedAt = now();
  try {
    return integration.type === "aws_proxy"
      ? await invokeLambda(integration, exchange)
      : await forwardRequest(integration, exchange);
  } finally {
    exchange.integrationLatencyMs = now() - startedAt;
  }
}

function failureResponse(error: unknown, exchange: HttpExchange): HttpResponse {
  const failure = toGatewayFailure(error);
  if (failure.note !== undefined) exchange.note = failure.note;
  const { status, message } = describeForClient(failure);
  return {
    status,
    headers: [
      ["Content-Type", "application/json"],
      ...(status === 401 ? [["WWW-Authenticate", "Bearer"] as const] : []),
    ],
    body: Buffer.from(JSON.stringify({ message })),
  };
}

/** HTTP APIs have no gateway responses: status and message are fixed and contain no reason. */
function describeForClient({ type, status, clientMessage }: GatewayFailure): {
  status: number;
  message: string | null;
} {
  if (type.startsWith("INTEGRATION_")) return { status: 503, message: "Service Unavailable" };
  if (status >= 500) return { status: 500, message: "Internal Server Error" };
  return { status, message: status === 403 ? "Forbidden" : clientMessage };
}
