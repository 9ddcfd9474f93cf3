import { DefinitionError, type IntegrationDefinition, type Parameter } from "../shared/definition.ts";
import type { Exchange } from "../shared/exchange.ts";
import { endToEnd, type HeaderList, headerValue } from "../shared/headers.ts";
import type { Mapping, RequestMappings } from "../shared/model.ts";
import { mappedValue, mappedValues, parseMapping } from "./parameter-mapping.ts";

/** A request to a backend. */
export interface IntegrationRequest {
  readonly origin: string;
  /** With the query string. */
  readonly path: string;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

const URI = /^(https?:\/\/[^/?#{}\s]+)(\/[^?#\s]*)?(?:\?([^#\s]*))?$/;

/**
 * Reads `uri` and `requestParameters`.
 *
 * @throws DefinitionError for a URI that is not http(s) or has a `{name}` that nothing is mapped to ("Illegal
 *   character in path"), and for a mapping from a parameter that the method does not declare ("Invalid
 *   mapping expression parameter specified")
 */
export function readMappings(
  definition: IntegrationDefinition,
  place: string,
  parameters: readonly Parameter[],
): RequestMappings {
  const [, origin, path = "/", queryString = ""] = URI.exec(definition.uri ?? "") ?? [];
  if (origin === undefined)
    throw new DefinitionError(place, `"${definition.uri ?? ""}" is not an http or https URI`);
  const mapped = {
    header: new Map<string, Mapping>(),
    querystring: new Map<string, Mapping>(),
    path: new Map<string, Mapping>(),
  };
  for (const [key, expression] of Object.entries(definition.requestParameters)) {
    const { target, name } = readTarget(key, place);
    const mapping = parseMapping(expression, place, [
      "static",
      "header",
      "querystring",
      "path",
      "context",
      "stageVariables",
    ]);
    checkDeclared(mapping, parameters, place);
    mapped[target].set(name, mapping);
  }
  for (const [, name = ""] of path.matchAll(/\{([^}]*)\}/g)) {
    if (!mapped.path.has(name)) throw new DefinitionError(place, `nothing is mapped to {${name}} of the URI`);
  }
  return { origin, path, queryString, mapped };
}

/**
 * Makes the backend's request: path parameters raw, the query string as sent with the mapped ones merged in,
 * and headers as sent, where a mapped one replaces the client's in any letter case, also when it has no value.
 */
export function buildIntegrationRequest(mappings: RequestMappings, exchange: Exchange): IntegrationRequest {
  const path = mappings.path.replace(/\{([^}]*)\}/g, (_, name: string) =>
    pathValue(mappings, name, exchange),
  );
  const query = [
    mappings.queryString,
    exchange.request.queryString,
    ...Array.from(mappings.mapped.querystring, ([name, mapping]) => queryPairs(name, mapping, exchange)),
  ].filter((part) => part !== "");
  const body = exchange.request.body ?? Buffer.alloc(0);
  return {
    origin: mappings.origin,
    path: query.length === 0 ? path : `${path}?${query.join("&")}`,
    headers: [...clientHeaders(mappings, exchange, body), ...mappedHeaders(mappings, exchange)],
    body,
  };
}

function readTarget(key: string, place: string): { target: "header" | "querystring" | "path"; name: string } {
  const [, target, name = ""] = /^integration\.request\.(header|querystring|path)\.(\S+)$/.exec(key) ?? [];
  if (target === "header" || target === "querystring" || target === "path") return { target, name };
  throw new DefinitionError(place, `"${key}" is not integration.request.header, querystring or path`);
}

function checkDeclared({ source, name }: Mapping, parameters: readonly Parameter[], place: string): void {
  if (source !== "header" && source !== "querystring" && source !== "path") return;
  const where = source === "querystring" ? "query" : source;
  if (parameters.some((parameter) => parameter.in === where && parameter.name === name)) return;
  throw new DefinitionError(place, `method.request.${source}.${name} is mapped but not among the parameters`);
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

function clientHeaders({ mapped }: RequestMappings, { request }: Exchange, body: Buffer): HeaderList {
  const own = ["host", "content-length", "expect", ...mapped.header.keys()];
  const replaced = new Set(own.map((name) => name.toLowerCase()));
  const kept = endToEnd(request.headers).filter(([name]) => !replaced.has(name.toLowerCase()));
  const hadBody = body.length > 0 || headerValue(request.headers, "content-length") !== undefined;
  return hadBody ? [...kept, ["Content-Length", String(body.length)]] : kept;
}

function mappedHeaders({ mapped }: RequestMappings, exchange: Exchange): HeaderList {
  return Array.from(mapped.header).flatMap(([name, mapping]) => {
    const value = mappedValue(mapping, exchange);
    return value === undefined ? [] : [[name, value] as const];
  });
}
