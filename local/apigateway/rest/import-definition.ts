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
 * Makes an API of a definition, as an import into API Gateway would.
 *
 * @throws DefinitionError naming the place, for what API Gateway would refuse or the gateway cannot run
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
    if (!path.startsWith("/")) throw new DefinitionError(path, "a path starts with a slash");
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
  place: string,
  operation: OperationDefinition,
  item: PathItem,
  context: ImportContext,
): MethodModel {
  const parameters = [...item.parameters, ...operation.parameters].map((parameter) =>
    resolve(parameter, place, context.definition),
  );
  const validator = validatorOf(place, operation, context.definition);
  return {
    ...readSecurity(place, operation, context),
    required: validator.validateRequestParameters ? parameters.flatMap(requiredOf) : [],
    models: validator.validateRequestBody ? readModels(place, operation, context.definition) : new Map(),
    integration: readIntegration(place, operation, parameters, context),
  };
}

function resolve(parameter: ParameterOrReference, place: string, { components }: Definition): Parameter {
  if (!("$ref" in parameter)) return parameter;
  const name = parameter.$ref.replace("#/components/parameters/", "");
  const found = Object.hasOwn(components.parameters, name) ? components.parameters[name] : undefined;
  if (found === undefined) throw new DefinitionError(place, `there is no parameter ${parameter.$ref}`);
  return found;
}

/** A required path parameter is always there, and API Gateway knows no cookie parameters. */
function requiredOf({ in: where, name, required }: Parameter): RequiredParameter[] {
  return required === true && (where === "query" || where === "header") ? [{ in: where, name }] : [];
}

interface Validator {
  readonly validateRequestParameters: boolean;
  readonly validateRequestBody: boolean;
}

function validatorOf(place: string, operation: OperationDefinition, definition: Definition): Validator {
  const key = "x-amazon-apigateway-request-validator";
  const name = operation[key] ?? definition[key];
  if (name === undefined) return { validateRequestParameters: false, validateRequestBody: false };
  const validators = new Map(Object.entries(definition["x-amazon-apigateway-request-validators"]));
  const validator = validators.get(name);
  if (validator === undefined) throw new DefinitionError(place, `there is no request validator "${name}"`);
  return validator;
}

function readIntegration(
  place: string,
  operation: OperationDefinition,
  parameters: readonly Parameter[],
  { definition, functions }: ImportContext,
): Integration {
  const integration = operation["x-amazon-apigateway-integration"];
  switch (integration.type) {
    case "aws_proxy":
      return readLambdaProxy(
        integration,
        place,
        functions,
        definition["x-amazon-apigateway-binary-media-types"],
      );
    case "http_proxy":
      return readHttpProxy(integration, place, parameters);
    case "mock":
      return readMock(integration, place, operation.responses);
    default:
      throw new DefinitionError(
        place,
        `an integration of type "${integration.type}" cannot be run locally; use aws_proxy, http_proxy or mock`,
      );
  }
}
