import { DefinitionError } from "../shared/definition.ts";
import { functionOf } from "../shared/invocation-uri.ts";
import type { Functions } from "../shared/model.ts";
import type { HttpDefinition, HttpIntegrationDefinition, HttpOperation } from "./definition.ts";
import { readHttpAuthorizers } from "./import-authorizers.ts";
import type { HttpApi, HttpAuthorizer, HttpIntegration, HttpRoute, LambdaIntegration } from "./model.ts";
import { parseSelection } from "./selection.ts";

const ANY_METHOD = "x-amazon-apigateway-any-method";
const VERBS = ["get", "put", "post", "delete", "patch", "head", "options", ANY_METHOD];

/**
 * Makes an HTTP API of its definition, as an import into API Gateway would.
 *
 * @throws DefinitionError naming the place, for what API Gateway would refuse or the gateway cannot run
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
    throw new DefinitionError(key, `the security scheme "${name}" is no authorizer of this definition`);
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
  place: string,
  functions: Functions,
): LambdaIntegration | HttpIntegration {
  const { type, uri, httpMethod, payloadFormatVersion: format, timeoutInMillis: timeoutMs } = definition;
  if (type === "aws_proxy") {
    if (format !== "2.0") throw new DefinitionError(place, `payload format ${format} cannot be run locally`);
    return { type, function: functionOf(uri, place, functions), timeoutMs };
  }
  if (type !== "http_proxy")
    throw new DefinitionError(place, `an HTTP API has no integration of type "${type}"`);
  const overwrite = Object.entries(definition.requestParameters).map(([key, value]) => {
    const header = /^overwrite:header\.(\S+)$/.exec(key)?.[1];
    if (header === undefined) throw new DefinitionError(place, `"${key}" cannot be run locally`);
    return [header, parseSelection(value, place)] as const;
  });
  return { type, httpMethod: httpMethod.toUpperCase(), uri, overwrite: new Map(overwrite), timeoutMs };
}
