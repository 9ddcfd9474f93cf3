import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { accessLogEntry } from "../shared/access-log.ts";
import { readDefinition } from "../shared/definition.ts";
import type { ApiIdentity, Exchange, MatchedRoute } from "../shared/exchange.ts";
import { type Gateway, type GatewayOptions, handleWith } from "../shared/gateway.ts";
import { GatewayFailure, toGatewayFailure } from "../shared/gateway-failure.ts";
import { headerValue } from "../shared/headers.ts";
import { checkLimits } from "../shared/limits.ts";
import { checkTarget, type GatewayRequest, readBody, readHead } from "../shared/request.ts";
import { type HttpResponse, send } from "../shared/response.ts";
import { createThrottle } from "../shared/throttle.ts";
import { createAuthorizers } from "./authorizer.ts";
import { renderGatewayResponse } from "./gateway-response.ts";
import { forwardToHttp } from "./http-proxy.ts";
import { importDefinition } from "./import-definition.ts";
import { invokeLambdaProxy } from "./lambda-proxy.ts";
import { respondFromMock } from "./mock.ts";
import { validateRequest } from "./request-validator.ts";
import { buildResourceTree } from "./resource-tree.ts";
import { selectRoute } from "./route-selection.ts";
import { createUsagePlans } from "./usage-plans.ts";

export type { AccessLogEntry } from "../shared/access-log.ts";
export { DefinitionError, type OpenApiDocument } from "../shared/definition.ts";
export type { Gateway, GatewayOptions, UsagePlanSettings } from "../shared/gateway.ts";
export type { ArnDecoding } from "../shared/method-arn.ts";
export type { Invocable } from "../shared/model.ts";

/**
 * Creates an API Gateway REST API from its definition: routes, Lambda authorizers with their cache, request
 * validators, usage plans, `aws_proxy`, `http_proxy` and `mock` integrations, gateway responses, limits and
 * throttling. Where AWS's behaviour is not established, it denies the request.
 *
 * @throws DefinitionError for a definition that API Gateway would not import or that cannot be run here
 * @example
 * const gateway = createGateway({ definition, functions, stage: { name: "dev", variables: {} }, ...names });
 * createServer((req, res) => gateway.handle(req, res)).listen(3000);
 */
export function createGateway(options: GatewayOptions): Gateway {
  const now = options.now ?? Date.now;
  const api = importDefinition(readDefinition(options.definition), options.functions, options.notRunHere);
  const tree = buildResourceTree(api.resources);
  const authorizers = createAuthorizers(options.encodedPaths ?? "unknown", now);
  const { throttle, usagePlans = [] } = options.stage;
  const checkUsage = createUsagePlans(usagePlans, api.apiKeySource, now);
  const admits = throttle === undefined ? () => true : createThrottle(throttle, now);

  async function respond(exchange: Exchange): Promise<HttpResponse> {
    const { request } = exchange;
    checkTarget(request);
    checkLimits(exchange);
    const route = selectRoute(tree, request.method, request.path);
    exchange.route = route;
    if (!admits()) throw new GatewayFailure("THROTTLED");
    if (route.method.notRunHere !== undefined)
      throw new GatewayFailure("UNAUTHORIZED", {
        note: `the security scheme ${route.method.notRunHere} is not run here`,
      });
    if (route.method.authorizer !== undefined) await authorizers.authorize(route.method.authorizer, exchange);
    checkUsage(exchange, route);
    validateRequest(exchange, route);
    const startedAt = now();
    try {
      return await integrate(route, exchange);
    } finally {
      exchange.integrationLatencyMs = now() - startedAt;
    }
  }

  function failureResponse(error: unknown, exchange: Exchange): HttpResponse {
    const failure = toGatewayFailure(error);
    if (failure.note !== undefined) exchange.note = failure.note;
    return renderGatewayResponse(failure, exchange, api);
  }

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const head = readHead(req, now());
    const exchange = startExchange({ ...head, body: await readBody(req) }, options);
    const response = await respond(exchange).catch((error: unknown) => failureResponse(error, exchange));
    send(res, response, head.method, {
      "x-amzn-RequestId": exchange.requestId,
      "x-amz-apigw-id": exchange.extendedRequestId,
    });
    options.onAccessLog?.(accessLogEntry(exchange, response));
  }

  return { handle: handleWith(serve), flushAuthorizerCache: authorizers.flush };
}

function startExchange(request: GatewayRequest, api: ApiIdentity): Exchange {
  const requestId = headerValue(request.sentHeaders, "x-amzn-requestid") || randomUUID();
  return { request, api, requestId, extendedRequestId: randomBytes(11).toString("base64") };
}

async function integrate(
  { method: { integration } }: MatchedRoute,
  exchange: Exchange,
): Promise<HttpResponse> {
  switch (integration.type) {
    case "aws_proxy":
      return await invokeLambdaProxy(integration, exchange);
    case "http_proxy":
      return await forwardToHttp(integration, exchange);
    case "mock":
      return respondFromMock(integration, exchange);
  }
}
