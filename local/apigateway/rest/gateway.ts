import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type AccessLogEntry, accessLogEntry } from "../shared/access-log.ts";
import { type OpenApiDocument, readDefinition } from "../shared/definition.ts";
import type { ApiIdentity, Exchange, MatchedRoute } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { headerValue } from "../shared/headers.ts";
import { checkLimits } from "../shared/limits.ts";
import type { ArnDecoding } from "../shared/method-arn.ts";
import type { Functions } from "../shared/model.ts";
import { checkTarget, type GatewayRequest, readBody, readHead } from "../shared/request.ts";
import { type HttpResponse, send } from "../shared/response.ts";
import { createThrottle, type ThrottleSettings } from "../shared/throttle.ts";
import { createAuthorizers } from "./authorizer.ts";
import { renderGatewayResponse } from "./gateway-response.ts";
import { forwardToHttp } from "./http-proxy.ts";
import { importDefinition } from "./import-definition.ts";
import { invokeLambdaProxy } from "./lambda-proxy.ts";
import { answerMock } from "./mock.ts";
import { validateRequest } from "./request-validator.ts";
import { buildResourceTree } from "./resource-tree.ts";
import { selectRoute } from "./route-selection.ts";
import { createUsagePlans, type UsagePlanSettings } from "./usage-plans.ts";

export type { AccessLogEntry } from "../shared/access-log.ts";
export { DefinitionError, type OpenApiDocument } from "../shared/definition.ts";
export type { ArnDecoding } from "../shared/method-arn.ts";
export type { Functions, Invocable } from "../shared/model.ts";
export type { UsagePlanSettings } from "./usage-plans.ts";

/** A REST API's stage to run locally. */
export interface GatewayOptions {
  /** With all placeholders substituted. */
  readonly definition: OpenApiDocument;
  /** By the ARN, alias included, that stands in the URIs of integrations and authorizers. */
  readonly functions: Functions;
  readonly stage: {
    readonly name: string;
    readonly variables: Readonly<Record<string, string>>;
    readonly throttle?: ThrottleSettings;
    /** Absent: no key is known, so methods that require one refuse every request. */
    readonly usagePlans?: readonly UsagePlanSettings[];
  };
  readonly region: string;
  readonly accountId: string;
  readonly apiId: string;
  /**
   * Whether AWS evaluates policies for the path as sent or percent-decoded. Default `unknown`: a request
   * passes only if the policy allows both, each with and without a slash that was sent at the end.
   */
  readonly encodedPaths?: ArnDecoding;
  readonly onAccessLog?: (entry: AccessLogEntry) => void;
  /**
   * Security schemes that cannot be run here, such as a Cognito user pool: every request to a method that one
   * guards is answered with 401.
   */
  readonly notRunHere?: ReadonlySet<string>;
  /** Milliseconds since 1970; default the clock. */
  readonly now?: () => number;
}

/** API Gateway on a laptop. */
export interface Gateway {
  /** Answers one request, whatever happens. The path has no stage. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** As `FlushStageAuthorizersCache`. */
  flushAuthorizerCache(): void;
}

/**
 * Makes an API Gateway REST API of its definition: routes, Lambda authorizers with their cache, request
 * validators, usage plans, `aws_proxy`, `http_proxy` and `mock` integrations, gateway
 * responses, limits and throttling. Where AWS's behaviour is not established it refuses.
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

  async function answer(exchange: Exchange): Promise<HttpResponse> {
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

  function answerFailure(error: unknown, exchange: Exchange): HttpResponse {
    const failure = error instanceof GatewayFailure ? error : bug(error);
    if (failure.note !== undefined) exchange.note = failure.note;
    return renderGatewayResponse(failure, exchange, api);
  }

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const head = readHead(req, now());
    const exchange = startExchange({ ...head, body: await readBody(req) }, options);
    const response = await answer(exchange).catch((error: unknown) => answerFailure(error, exchange));
    send(res, response, exchange);
    options.onAccessLog?.(accessLogEntry(exchange, response));
  }

  return {
    handle(req, res) {
      serve(req, res).catch(() => {
        // A client that went away, or a log that throws after the answer: nobody is left to be told.
        if (!res.writableEnded) res.destroy();
      });
    },
    flushAuthorizerCache: () => authorizers.flush(),
  };
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
      return answerMock(integration, exchange);
  }
}

function bug(error: unknown): GatewayFailure {
  const name = error instanceof Error ? error.name : typeof error;
  return new GatewayFailure("DEFAULT_5XX", { note: `the local gateway failed: ${name}` });
}
