import { type BackendRequest, backendHeaders } from "../shared/backend-request.ts";
import { contextVariables } from "../shared/context-variables.ts";
import { DefinitionError, type IntegrationDefinition, type Parameter } from "../shared/definition.ts";
import type { Exchange } from "../shared/exchange.ts";
import { withoutHeaders } from "../shared/headers.ts";
import type { HttpProxy, Mapping, RequestMappings } from "../shared/model.ts";
import { requestBody } from "./body-encoding.ts";
import { forwardedHeaders } from "./integration-headers.ts";
import { mappedValue, mappedValues, parseMapping } from "./parameter-mapping.ts";

const URI = /^(https?:\/\/[^/?#{}\s]+)(\/[^?#\s]*)?(?:\?([^#\s]*))?$/;

/** Headers to which API Gateway cannot map a value: each request gets a 500. */
const UNMAPPABLE = new Set(["content-length", "transfer-encoding"]);

/** API Gateway does not pass this header on to an HTTP integration. */
const NOT_FOR_HTTP = new Set(["content-encoding"]);

/**
 * Reads `uri` and `requestParameters`.
 *
 * @throws DefinitionError for a URI that is not http(s) or has a `{name}` without a mapping ("Illegal character in
 *   path"), and for a mapping from a parameter that the method does not declare ("Invalid mapping expression
 *   parameter specified"), and to a header that cannot be mapped
 */
export function readMappings(
  definition: IntegrationDefinition,
  location: string,
  parameters: readonly Parameter[],
): RequestMappings {
  const [, origin, path = "/", queryString = ""] = URI.exec(definition.uri ?? "") ?? [];
  if (origin === undefined)
    throw new DefinitionError(location, `"${definition.uri ?? ""}" is not an http or https URI`);
  const mapped = {
    header: new Map<string, Mapping>(),
    querystring: new Map<string, Mapping>(),
    path: new Map<string, Mapping>(),
  };
  for (const [key, expression] of Object.entries(definition.requestParameters)) {
    const { target, name } = readTarget(key, location);
    const mapping = parseMapping(expression, location, [
      "static",
      "header",
      "querystring",
      "path",
      "context",
      "stageVariables",
    ]);
    checkDeclared(mapping, parameters, location);
    if (target === "header" && UNMAPPABLE.has(name.toLowerCase()))
      throw new DefinitionError(location, `API Gateway cannot map the header ${name}: it answers 500`);
    mapped[target].set(name, mapping);
  }
  for (const [, name = ""] of `${path}?${queryString}`.matchAll(/\{([^}]*)\}/g)) {
    if (!mapped.path.has(name))
      throw new DefinitionError(location, `nothing is mapped to {${name}} of the URI`);
  }
  return { origin, path, queryString, mapped };
}

/**
 * Builds the backend's request: path parameters raw, the query string as sent with the mapped values merged in, and
 * the client's headers, except for mapped headers and those that API Gateway does not pass on, and the body.
 */
export function buildIntegrationRequest(mappings: HttpProxy, exchange: Exchange): BackendRequest {
  const fill = (template: string): string =>
    template.replace(/\{([^}]*)\}/g, (_, name: string) => pathValue(mappings, name, exchange));
  const path = fill(mappings.path);
  const query = [
    fill(mappings.queryString),
    exchange.request.queryString,
    ...Array.from(mappings.mapped.querystring, ([name, mapping]) => queryPairs(name, mapping, exchange)),
  ].filter((part) => part !== "");
  const headers = withoutHeaders(forwardedHeaders(exchange.request.headers), NOT_FOR_HTTP);
  const sent = exchange.request.body ?? Buffer.alloc(0);
  const body = requestBody(sent, exchange.request.headers, mappings.binaryMediaTypes);
  const request = { ...exchange.request, headers, body };
  const variables = contextVariables(exchange);
  return {
    origin: mappings.origin,
    path: query.length === 0 ? path : `${path}?${query.join("&")}`,
    headers: backendHeaders(request, mappings.mapped.header, (mapping) =>
      mappedValue(mapping, exchange, variables),
    ),
    body,
  };
}

function readTarget(
  key: string,
  location: string,
): { target: "header" | "querystring" | "path"; name: string } {
  const [, target, name = ""] = /^integration\.request\.(header|querystring|path)\.(\S+)$/.exec(key) ?? [];
  if (target === "header" || target === "querystring" || target === "path") return { target, name };
  throw new DefinitionError(location, `"${key}" is not integration.request.header, querystring or path`);
}

function checkDeclared({ source, name }: Mapping, parameters: readonly Parameter[], location: string): void {
  if (source !== "header" && source !== "querystring" && source !== "path") return;
  const where = source === "querystring" ? "query" : source;
  if (parameters.some((parameter) => parameter.in === where && parameter.name === name)) return;
  throw new DefinitionError(
    location,
    `method.request.${source}.${name} is mapped but not among the parameters`,
  );
}

function pathValue({ mapped }: RequestMappings, name: string, exchange: Exchange): string {
  const mapping = mapped.path.get(name);
  const value = mapping === undefined ? "" : (mappedValue(mapping, exchange) ?? "");
  return mapping?.source === "path" ? value : encodeURIComponent(value);
}

function queryPairs(name: string, mapping: Mapping, exchange: Exchange): string {
  const pairs = mappedValues(mapping, exchange).map(
    (value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return pairs.join("&");
}
