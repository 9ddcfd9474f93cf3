import type { LayoutData } from "../../model/layout.ts";
import { stageVariable } from "../../model/layout.ts";
import { type Api, inDocument, type Operation } from "../model/operation.ts";
import { restAccess } from "./access-route.ts";
import { BINARY_KEY, binaryMediaTypes } from "./binary-media-types.ts";
import {
  clientHeaders,
  escapeTemplates,
  type Json,
  operationObject,
  without,
} from "./definition-operation.ts";
import { challenges, gatewayResponses } from "./gateway-responses.ts";
import { placeholderName, restApiIntegrations } from "./integrations.ts";
import type { SchemaConversion } from "./json-schema-4.ts";
import { preflight } from "./preflight.ts";
import { modelComponents, modelNames } from "./request-models.ts";
import { restMetadata } from "./resource-metadata.ts";

/**
 * Generates the OpenAPI 3.0 document that API Gateway imports, for one layout. It is a template: the environment's
 * values are placeholders, `${name}` inside strings. The team's own content stays; `${` and `%{` in it are escaped
 * for Terraform's templates.
 */
export function apiDefinition(api: Api, layout: LayoutData): Json {
  const document = escapeTemplates(api.document) as Json;
  const schemeOf = schemesByRoute(layout);
  const models = schemaConversion(document);
  return {
    [BINARY_KEY]: binaryMediaTypes(document),
    ...without(document, [BINARY_KEY, "x-portcullis", "paths", "components", "security", "tags", "servers"]),
    paths: pathItems(api, document, schemeOf, models),
    components: {
      ...without(modelComponents(document, models), ["securitySchemes"]),
      securitySchemes: { ...ownSchemes(api, document), ...securitySchemes(layout) },
    },
    "x-amazon-apigateway-gateway-responses": gatewayResponses(api.tenantSelector, challenges(api, layout)),
    "x-amazon-apigateway-request-validators": {
      parameters: { validateRequestParameters: true, validateRequestBody: false },
      parameters_and_bodies: { validateRequestParameters: true, validateRequestBody: true },
    },
    "x-amazon-apigateway-request-validator": "${request_validator}",
  };
}

/** Returns the security scheme of each guarded route, by `METHOD /path`. */
export const schemesByRoute = (layout: LayoutData): ReadonlyMap<string, string> =>
  new Map(
    layout.groups.flatMap((group) =>
      group.routes.map(([method, path]) => [`${method} ${path}`, schemeName(group.name, layout)] as const),
    ),
  );

/** Returns the document's own schemes that operations name; any other would become an unused authorizer. */
function ownSchemes({ operations }: Api, document: Json): Json {
  const named = new Set(operations.flatMap(({ external, apiKeys }) => [...apiKeys, external ?? []].flat()));
  const components = (document["components"] as Json) ?? {};
  const schemes = Object.entries((components["securitySchemes"] as Json) ?? {});
  return Object.fromEntries(schemes.filter(([name]) => named.has(name)));
}

/** Returns one security scheme for each group of the layout, by the scheme's name. */
export const securitySchemes = (layout: LayoutData): Record<string, Json> =>
  Object.fromEntries(
    layout.groups.map((group) => [schemeName(group.name, layout), securityScheme(group.name, layout)]),
  );

/** Converts schemas without reports: problems were reported when the document was read. */
function schemaConversion(document: Json): SchemaConversion {
  const names = modelNames(document);
  const report = { lost: () => undefined, rejected: () => undefined };
  return { modelName: (schema) => names.get(schema), report };
}

/**
 * Returns a scheme's name. A TOKEN authorizer cannot have the layout in its cache key, so its name has the layout's
 * hash: another layout gets another authorizer, with a cache of its own.
 */
const schemeName = (group: string, { front: apiType, hash }: LayoutData): string =>
  `portcullis_${group}${apiType === "rest-token" ? `_${hash}` : ""}`;

function securityScheme(group: string, layout: LayoutData): Json {
  return layout.front === "rest-token" ? tokenScheme(layout) : requestScheme(group, layout);
}

/** API Gateway answers 401, without a Lambda call, unless the header is `Bearer` and three base64url parts. */
const TOKEN_SHAPE = "^[Bb][Ee][Aa][Rr][Ee][Rr] +[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$";

function tokenScheme(layout: LayoutData): Json {
  return {
    type: "apiKey",
    name: "Authorization",
    in: "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
      type: "token",
      authorizerUri: "${authorizer_uri}",
      identitySource: "method.request.header.Authorization",
      identityValidationExpression: TOKEN_SHAPE,
      authorizerResultTtlInSeconds: authorizerTtl(layout),
    },
  };
}

const authorizerTtl = ({ mode }: LayoutData) => (mode === "off" ? 0 : "${authorizer_ttl}");

/**
 * Returns a Lambda authorizer of type request. Its header name is unused, because it has several identity
 * sources.
 */
function requestScheme(group: string, layout: LayoutData): Json {
  return {
    type: "apiKey",
    name: "Unused",
    in: "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
      type: "request",
      authorizerUri: "${authorizer_uri}",
      identitySource: identitySources(group, layout).join(", "),
      authorizerResultTtlInSeconds: authorizerTtl(layout),
    },
  };
}

/**
 * The stage variable comes first: its value differs between groups and between layouts, so they never share a
 * cached response.
 */
function identitySources(group: string, { mode, tenantSelector }: LayoutData): string[] {
  const byRoute = mode === "route" ? ["context.httpMethod", "context.resourcePath"] : [];
  const tenant = tenantSource(tenantSelector);
  return [
    `stageVariables.${stageVariable(group)}`,
    "method.request.header.Authorization",
    ...tenant,
    ...byRoute,
  ];
}

/** A path parameter cannot be an identity source, but the whole path can. */
function tenantSource(selector: LayoutData["tenantSelector"]): string[] {
  if (selector === null) return [];
  if ("path" in selector) return ["context.path"];
  return [`method.request.header.${"host" in selector ? "Host" : selector.header}`];
}

/**
 * Returns an operation's security. Throws if a route would be imported without an authorizer and is not public.
 */
function operationSecurity(
  { public: isPublic, external, apiKeys, route }: Operation,
  schemeOf: ReadonlyMap<string, string>,
) {
  const keys = apiKeys.map((name) => ({ [name]: [] }));
  if (isPublic) return keys;
  const scheme = external ?? schemeOf.get(route.key);
  if (scheme === undefined) throw new Error(`${route.key} has no authorizer in a REST API`);
  return [{ [scheme]: [] }, ...keys];
}

function pathItems(
  api: Api,
  document: Json,
  schemeOf: ReadonlyMap<string, string>,
  models: SchemaConversion,
): Json {
  const byPath = new Map<string, Operation[]>();
  for (const operation of api.operations)
    byPath.set(operation.route.path, [...(byPath.get(operation.route.path) ?? []), operation]);
  return Object.fromEntries(
    [...byPath].map(([path, operations]) => {
      const [first] = operations;
      if (first !== undefined && !inDocument(first))
        return [path, first.access ? restAccess(first, api) : restMetadata(first, api)];
      const item = operations.map((operation) => [
        operation.route.method.toLowerCase(),
        operationObject(operation, document, {
          models,
          security: operationSecurity(operation, schemeOf),
          integrations: restApiIntegrations(
            operation,
            api.backends.get(operation.backend) ?? "lambda",
            placeholderName(operation.backend),
          ),
        }),
      ]);
      const declaresOptions = operations.some((operation) => operation.route.method === "OPTIONS");
      return [
        path,
        {
          ...Object.fromEntries(item),
          ...(declaresOptions
            ? {}
            : {
                options: preflight(
                  operations.map(({ route }) => route),
                  clientHeaders(api, operations),
                ),
              }),
        },
      ];
    }),
  );
}
