import { createHash } from "node:crypto";
import {
  type Definition,
  DefinitionError,
  type OperationDefinition,
  type Parameter,
  type ParameterOrReference,
  type PathItem,
} from "../shared/definition.ts";
import type {
  ApiModel,
  AuthorizerModel,
  Functions,
  Integration,
  MethodModel,
  RequiredParameter,
} from "../shared/model.ts";
import { readAuthorizers } from "./authorizer-definition.ts";
import { readModels } from "./body-models.ts";
import { readGatewayResponses } from "./gateway-response.ts";
import { readHttpProxy } from "./http-proxy.ts";
import { readLambdaProxy } from "./lambda-proxy.ts";
import { readSecurity } from "./method-security.ts";
import { readMock } from "./mock.ts";

const VERBS = ["get", "put", "post", "delete", "patch", "head", "options"] as const;

interface ImportContext {
  readonly definition: Definition;
  readonly functions: Functions;
  readonly authorizers: ReadonlyMap<string, AuthorizerModel>;
  readonly notRunHere: ReadonlySet<string>;
}

/**
 * Creates an API from its definition, as an import into API Gateway would.
 *
 * @throws DefinitionError with the location, for anything that API Gateway would reject or the gateway cannot run
 */
export function importDefinition(
  definition: Definition,
  functions: Functions,
  notRunHere: ReadonlySet<string> = new Set(),
): ApiModel {
  const schemes = Object.entries(definition.components.securitySchemes);
  const runHere = Object.fromEntries(schemes.filter(([name]) => !notRunHere.has(name)));
  const authorizers = readAuthorizers(runHere, functions);
  const context: ImportContext = { definition, functions, authorizers, notRunHere };
  const resources = Object.entries(definition.paths).map(([path, item]) => {
    if (!path.startsWith("/")) throw new DefinitionError(path, "a path must start with a slash");
    const id = createHash("sha256").update(path).digest("hex").slice(0, 6);
    return { path, id, methods: new Map(readMethods(path, item, context)) };
  });
  return {
    resources,
    apiKeySource: definition["x-amazon-apigateway-api-key-source"],
    binaryMediaTypes: definition["x-amazon-apigateway-binary-media-types"],
    gatewayResponses: readGatewayResponses(definition["x-amazon-apigateway-gateway-responses"]),
  };
}

function readMethods(path: string, item: PathItem, context: ImportContext): [string, MethodModel][] {
  const operations = [
    ...VERBS.map((verb) => [verb.toUpperCase(), item[verb]] as const),
    ["ANY", item["x-amazon-apigateway-any-method"]] as const,
  ];
  return operations.flatMap(([verb, operation]) => {
    if (operation === undefined) return [];
    return [[verb, readMethod(`${verb} ${path}`, operation, item, context)]];
  });
}

function readMethod(
  location: string,
  operation: OperationDefinition,
  item: PathItem,
  context: ImportContext,
): MethodModel {
  const parameters = [...item.parameters, ...operation.parameters].map((parameter) =>
    resolveParameter(parameter, location, context.definition),
  );
  const validator = findValidator(location, operation, context.definition);
  return {
    ...readSecurity(location, operation, context),
    required: validator.validateRequestParameters ? parameters.flatMap(toRequired) : [],
    models: validator.validateRequestBody ? readModels(location, operation, context.definition) : new Map(),
    integration: readIntegration(location, operation, parameters, context),
  };
}

function resolveParameter(
  parameter: ParameterOrReference,
  location: string,
  { components }: Definition,
): Parameter {
  if (!("$ref" in parameter)) return parameter;
  const name = parameter.$ref.replace("#/components/parameters/", "");
  const found = Object.hasOwn(components.parameters, name) ? components.parameters[name] : undefined;
  if (found === undefined) throw new DefinitionError(location, `there is no parameter ${parameter.$ref}`);
  return found;
}

/** A required path parameter is always present, and API Gateway does not support cookie parameters. */
function toRequired({ in: where, name, required }: Parameter): RequiredParameter[] {
  return required === true && (where === "query" || where === "header") ? [{ in: where, name }] : [];
}

interface Validator {
  readonly validateRequestParameters: boolean;
  readonly validateRequestBody: boolean;
}

function findValidator(location: string, operation: OperationDefinition, definition: Definition): Validator {
  const key = "x-amazon-apigateway-request-validator";
  const name = operation[key] ?? definition[key];
  if (name === undefined) return { validateRequestParameters: false, validateRequestBody: false };
  const validators = new Map(Object.entries(definition["x-amazon-apigateway-request-validators"]));
  const validator = validators.get(name);
  if (validator === undefined) throw new DefinitionError(location, `there is no request validator "${name}"`);
  return validator;
}

function readIntegration(
  location: string,
  operation: OperationDefinition,
  parameters: readonly Parameter[],
  { definition, functions }: ImportContext,
): Integration {
  const integration = operation["x-amazon-apigateway-integration"];
  switch (integration.type) {
    case "aws_proxy":
      return readLambdaProxy(
        integration,
        location,
        functions,
        definition["x-amazon-apigateway-binary-media-types"],
      );
    case "http_proxy":
      return readHttpProxy(
        integration,
        location,
        parameters,
        definition["x-amazon-apigateway-binary-media-types"],
      );
    case "mock":
      return readMock(integration, location, operation.responses);
    default:
      throw new DefinitionError(
        location,
        `an integration of type "${integration.type}" cannot be run locally; use aws_proxy, http_proxy or mock`,
      );
  }
}
