import { lookUp } from "../shared/context-variables.ts";
import { DefinitionError } from "../shared/definition.ts";
import { headerValues, hostName } from "../shared/headers.ts";
import { parseQueryString } from "../shared/query-string.ts";
import type { HttpExchange } from "./exchange.ts";
import type { SelectionExpression } from "./model.ts";

const SHAPE = /^\$(?:request\.(header|querystring)|(context)|(stageVariables))\.([^\s]+)$/;

/**
 * Parses `$request.header.X`, `$request.querystring.x`, `$context.x`, `$stageVariables.x`, or a static value.
 *
 * @throws DefinitionError for an expression that the gateway cannot run
 */
export function parseSelection(expression: string, location: string): SelectionExpression {
  const trimmed = expression.trim();
  const [, request, context, , name = ""] = SHAPE.exec(trimmed) ?? [];
  if (name !== "") return { source: (request as "header") ?? context ?? "stageVariables", name };
  if (trimmed.includes("$"))
    throw new DefinitionError(location, `"${expression}" cannot be evaluateSelection locally`);
  return { source: "static", name: trimmed };
}

/** Returns the value that an expression selects from a request; several values of one name are joined by commas. */
export function evaluateSelection(
  { source, name }: SelectionExpression,
  exchange: HttpExchange,
): string | undefined {
  const { request, api } = exchange;
  switch (source) {
    case "static":
      return name;
    case "header":
      return joinValues(headerValues(request.headers, name));
    case "querystring":
      return joinValues(parseQueryString(request.queryString).get(name) ?? []);
    case "context":
      return lookUp(contextVariables(exchange), name);
    case "stageVariables":
      return lookUp(api.stage.variables, name);
  }
}

const joinValues = (values: readonly string[]): string | undefined =>
  values.length === 0 ? undefined : values.join(",");

/**
 * Builds the `$context` of an HTTP API.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
function contextVariables({ request, api, requestId, matched, authorization }: HttpExchange) {
  const domainName = hostName(request.headers);
  return {
    accountId: api.accountId,
    apiId: api.apiId,
    stage: api.stage.name,
    routeKey: matched?.route.key,
    httpMethod: request.method,
    path: request.path,
    protocol: request.protocol,
    requestId,
    domainName,
    identity: { sourceIp: request.sourceIp },
    authorizer:
      authorization === undefined || "jwt" in authorization ? authorization?.jwt : authorization.lambda,
  };
}
