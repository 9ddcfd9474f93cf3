import { DefinitionError } from "../shared/definition.ts";
import { findFunction } from "../shared/invocation-uri.ts";
import type { Functions } from "../shared/model.ts";
import type { HttpDefinition, HttpIntegrationDefinition, HttpOperation } from "./definition.ts";
import { readHttpAuthorizers } from "./import-authorizers.ts";
import type { HttpApi, HttpAuthorizer, HttpIntegration, HttpRoute, LambdaIntegration } from "./model.ts";
import { parseSelection } from "./selection.ts";

const ANY_METHOD = "x-amazon-apigateway-any-method";
const VERBS = ["get", "put", "post", "delete", "patch", "head", "options", ANY_METHOD];

/**
 * Creates an HTTP API from its definition, as an import into API Gateway would.
 *
 * @throws DefinitionError with the location, for anything that API Gateway would reject or the gateway cannot run
 */
export function importHttpDefinition(definition: HttpDefinition, functions: Functions): HttpApi {
  const authorizers = readHttpAuthorizers(definition.components.securitySchemes, functions);
  const routes = Object.entries(definition.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([key]) => VERBS.includes(key))
      .map(([key, operation]) => readRoute(path, key, operation as HttpOperation, authorizers, functions)),
  );
  return { routes, cors: definition["x-amazon-apigateway-cors"] };
}

function readRoute(
  path: string,
  verb: string,
  operation: HttpOperation,
  authorizers: ReadonlyMap<string, HttpAuthorizer>,
  functions: Functions,
): HttpRoute {
  const method = verb === ANY_METHOD ? "ANY" : verb.toUpperCase();
  const isDefault = path === "/$default";
  const key = isDefault ? "$default" : `${method} ${path}`;
  const required = Object.entries(Object.assign({}, ...operation.security) as Record<string, string[]>);
  if (required.length > 1) throw new DefinitionError(key, "security must be one requirement with one scheme");
  const [[name, scopes] = [undefined, []]] = required;
  const authorizer = name === undefined ? undefined : authorizers.get(name);
  if (name !== undefined && authorizer === undefined)
    throw new DefinitionError(key, `the security scheme "${name}" is not an authorizer of this definition`);
  return {
    key,
    method,
    path: isDefault ? undefined : path,
    authorizer,
    scopes,
    integration: readIntegration(operation["x-amazon-apigateway-integration"], key, functions),
  };
}

function readIntegration(
  definition: HttpIntegrationDefinition,
  location: string,
  functions: Functions,
): LambdaIntegration | HttpIntegration {
  const { type, uri, httpMethod, payloadFormatVersion: format, timeoutInMillis: timeoutMs } = definition;
  if (type === "aws_proxy") {
    if (format !== "2.0")
      throw new DefinitionError(location, `payload format ${format} cannot be run locally: use 2.0`);
    return { type, function: findFunction(uri, location, functions), timeoutMs };
  }
  if (type !== "http_proxy")
    throw new DefinitionError(
      location,
      `an HTTP API has no integration of type "${type}": use aws_proxy or http_proxy`,
    );
  const overwrite = Object.entries(definition.requestParameters).map(([key, value]) => {
    const header = /^overwrite:header\.(\S+)$/.exec(key)?.[1];
    if (header === undefined)
      throw new DefinitionError(location, `"${key}" cannot be run locally: use overwrite:header.<name>`);
    return [header, parseSelection(value, location)] as const;
  });
  return { type, httpMethod: httpMethod.toUpperCase(), uri, overwrite: new Map(overwrite), timeoutMs };
}
