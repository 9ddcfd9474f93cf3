import { lookUp } from "../shared/context-variables.ts";
import { DefinitionError } from "../shared/definition.ts";
import { headerValue, headerValues } from "../shared/headers.ts";
import { parseQueryString } from "../shared/query-string.ts";
import type { HttpExchange } from "./exchange.ts";
import type { SelectionExpression } from "./model.ts";

const SHAPE = /^\$(?:request\.(header|querystring)|(context)|(stageVariables))\.([^\s]+)$/;

/**
 * Reads `$request.header.X`, `$request.querystring.x`, `$context.x`, `$stageVariables.x`, or a static value.
 *
 * @throws DefinitionError for an expression that the gateway cannot run
 */
export function parseSelection(expression: string, place: string): SelectionExpression {
  const text = expression.trim();
  const [, request, context, , name = ""] = SHAPE.exec(text) ?? [];
  if (name !== "") return { source: (request as "header") ?? context ?? "stageVariables", name };
  if (text.includes("$")) throw new DefinitionError(place, `"${expression}" cannot be selected locally`);
  return { source: "static", name: text };
}

/** What an expression selects of a request; several values of one name have commas between. */
export function selected({ source, name }: SelectionExpression, exchange: HttpExchange): string | undefined {
  const { request, api } = exchange;
  switch (source) {
    case "static":
      return name;
    case "header":
      return joined(headerValues(request.headers, name));
    case "querystring":
      return joined(parseQueryString(request.queryString).get(name) ?? []);
    case "context":
      return lookUp(contextVariables(exchange), name);
    case "stageVariables":
      return lookUp(api.stage.variables, name);
  }
}

const joined = (values: readonly string[]): string | undefined =>
  values.length === 0 ? undefined : values.join(",");

/**
 * `$context` of an HTTP API.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
function contextVariables({ request, api, requestId, matched, authorization }: HttpExchange) {
  const host = (headerValue(request.headers, "host") ?? "").replace(/:\d*$/, "");
  return {
    accountId: api.accountId,
    apiId: api.apiId,
    stage: api.stage.name,
    routeKey: matched?.route.key,
    httpMethod: request.method,
    path: request.path,
    protocol: request.protocol,
    requestId,
    domainName: host,
    identity: { sourceIp: request.sourceIp },
    authorizer:
      authorization === undefined || "jwt" in authorization ? authorization?.jwt : authorization.lambda,
  };
}
