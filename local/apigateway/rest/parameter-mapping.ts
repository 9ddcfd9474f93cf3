import { type ContextVariables, contextVariables, lookUp } from "../shared/context-variables.ts";
import { DefinitionError } from "../shared/definition.ts";
import type { Exchange } from "../shared/exchange.ts";
import { headerValue, headerValues } from "../shared/headers.ts";
import type { Mapping } from "../shared/model.ts";
import { parseQueryString } from "../shared/query-string.ts";

const SHAPE = /^(?:method\.request\.(header|querystring|path)|(context)|(stageVariables))\.([^\s]+)$/;

/**
 * Parses an expression such as `method.request.header.X`, `context.authorizer.tenantId`, `stageVariables.x`
 * or `'static'`.
 *
 * @throws DefinitionError when it has another form, or its source is not allowed
 */
export function parseMapping(
  expression: string,
  location: string,
  allowed: readonly Mapping["source"][],
): Mapping {
  const mapping = readMapping(expression.trim());
  if (mapping !== undefined && allowed.includes(mapping.source)) return mapping;
  throw new DefinitionError(location, `"${expression}" is not one of: ${allowed.join(", ")}`);
}

/** Returns all values that a mapping finds in a request, in order. */
export function mappedValues(mapping: Mapping, exchange: Exchange): readonly string[] {
  const { request } = exchange;
  if (mapping.source === "header") return headerValues(request.headers, mapping.name);
  if (mapping.source === "querystring") return parseQueryString(request.queryString).get(mapping.name) ?? [];
  const value = mappedValue(mapping, exchange);
  return value === undefined ? [] : [value];
}

/**
 * Returns the value that a mapping finds in a request, the last one of several.
 *
 * @param variables the request's context, if the caller has it already
 */
export function mappedValue(
  { source, name }: Mapping,
  exchange: Exchange,
  variables?: ContextVariables,
): string | undefined {
  switch (source) {
    case "static":
      return name;
    case "header":
      return headerValue(exchange.request.headers, name);
    case "querystring":
      return parseQueryString(exchange.request.queryString).get(name)?.at(-1);
    case "path":
      return exchange.route?.pathParameters.get(name);
    case "context":
      return lookUp(variables ?? contextVariables(exchange), name);
    case "stageVariables":
      return lookUp(exchange.api.stage.variables, name);
  }
}

function readMapping(expression: string): Mapping | undefined {
  const quoted = /^'(.*)'$/s.exec(expression)?.[1];
  if (quoted !== undefined) return { source: "static", name: quoted };
  const [, request, context, stage, name = ""] = SHAPE.exec(expression) ?? [];
  if (request === "header" || request === "querystring" || request === "path")
    return { source: request, name };
  if (context !== undefined) return { source: "context", name };
  return stage === undefined ? undefined : { source: "stageVariables", name };
}
