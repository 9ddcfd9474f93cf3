import { type ContextVariables, contextVariables, lookUp } from "../shared/context-variables.ts";
import { DefinitionError, type GatewayResponseDefinition } from "../shared/definition.ts";
import type { Exchange } from "../shared/exchange.ts";
import {
  GATEWAY_RESPONSES,
  type GatewayFailure,
  type GatewayResponseType,
  isGatewayResponseType,
} from "../shared/gateway-failure.ts";
import type { ApiModel, GatewayResponseSettings } from "../shared/model.ts";
import { type HttpResponse, isHeader } from "../shared/response.ts";
import { mappedValue, parseMapping } from "./parameter-mapping.ts";

const DEFAULT_TEMPLATE = '{"message":$context.error.messageString}';

/** A variable's name; the name of a header may have a hyphen. */
const NAME = "(?:context|stageVariables|method)(?:\\.[\\w-]+)+";
const VARIABLE = new RegExp(`\\$(?:\\{(${NAME})\\}|(${NAME}))`, "g");

/**
 * Reads `x-amazon-apigateway-gateway-responses`.
 *
 * @throws DefinitionError for an unknown type or a parameter that cannot be mapped
 */
export function readGatewayResponses(
  definitions: Readonly<Record<string, GatewayResponseDefinition>>,
): Map<GatewayResponseType, GatewayResponseSettings> {
  const responses = new Map<GatewayResponseType, GatewayResponseSettings>();
  for (const [type, definition] of Object.entries(definitions)) {
    if (!isGatewayResponseType(type)) throw new DefinitionError(type, "there is no such gateway response");
    responses.set(type, {
      status: definition.statusCode === undefined ? undefined : Number(definition.statusCode),
      headers: Object.entries(definition.responseParameters).map(([key, value]) =>
        readHeader(type, key, value),
      ),
      template: definition.responseTemplates["application/json"],
    });
  }
  return responses;
}

/**
 * Renders a failure by the settings of its type, else of `DEFAULT_4XX` or `DEFAULT_5XX`, else with API Gateway's
 * defaults. The body of `REQUEST_TOO_LARGE` is always API Gateway's own. A template is not VTL: variables are replaced by their value without escaping, and missing ones by
 * an empty string.
 */
export function renderGatewayResponse(
  failure: GatewayFailure,
  exchange: Exchange,
  api: ApiModel,
): HttpResponse {
  const fallback = failure.status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX";
  const settings = api.gatewayResponses.get(failure.type) ?? api.gatewayResponses.get(fallback);
  const headers = (settings?.headers ?? []).flatMap(([name, mapping]) => {
    const value = mappedValue(mapping, exchange);
    return value !== undefined && isHeader(name, value) ? [[name, value] as const] : [];
  });
  const hasType = headers.some(([name]) => name.toLowerCase() === "content-type");
  return {
    status: settings?.status ?? failure.status,
    headers: [
      ...(hasType ? [] : [["Content-Type", "application/json"] as const]),
      ["x-amzn-ErrorType", GATEWAY_RESPONSES[failure.type][2]],
      ...headers,
    ],
    body: Buffer.from(substitute(templateOf(failure, settings), failure, exchange)),
    responseType: failure.type,
  };
}

function templateOf({ type }: GatewayFailure, settings: GatewayResponseSettings | undefined): string {
  const isFixed = type === "REQUEST_TOO_LARGE";
  return isFixed ? DEFAULT_TEMPLATE : (settings?.template ?? DEFAULT_TEMPLATE);
}

function readHeader(
  type: string,
  key: string,
  expression: string,
): GatewayResponseSettings["headers"][number] {
  const name = /^gatewayresponse\.header\.(.+)$/.exec(key)?.[1];
  if (name === undefined) throw new DefinitionError(type, `"${key}" is not gatewayresponse.header.<name>`);
  const allowed = ["static", "header", "querystring", "path", "context", "stageVariables"] as const;
  return [name, parseMapping(expression, `${type} ${key}`, allowed)];
}

function substitute(template: string, failure: GatewayFailure, exchange: Exchange): string {
  const variables = { ...contextVariables(exchange), error: errorVariables(failure) };
  return template.replace(VARIABLE, (_, braced: string | undefined, plain: string | undefined) =>
    variableValue(braced ?? plain ?? "", variables, exchange),
  );
}

function errorVariables({ type, clientMessage }: GatewayFailure): ContextVariables {
  return { message: clientMessage, messageString: JSON.stringify(clientMessage), responseType: type };
}

function variableValue(expression: string, variables: ContextVariables, exchange: Exchange): string {
  const [root, ...names] = expression.split(".");
  const name = names.join(".");
  if (root === "context") return lookUp(variables, name) ?? "";
  if (root === "stageVariables") return lookUp(exchange.api.stage.variables, name) ?? "";
  const [, source, key = ""] = /^request\.(header|querystring|path)\.(.+)$/.exec(name) ?? [];
  if (source !== "header" && source !== "querystring" && source !== "path") return "";
  return mappedValue({ source, name: key }, exchange) ?? "";
}
