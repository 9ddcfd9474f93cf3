import type { LayoutData } from "../../model/layout.ts";
import { stageVariable } from "../../model/layout.ts";
import type { Api, Operation } from "../model/operation.ts";
import { escapeTemplates, type Json, operationObject, without } from "./definition-operation.ts";
import { gatewayResponses } from "./gateway-responses.ts";
import { integrationsOf, placeholderName } from "./integrations.ts";
import type { SchemaConversion } from "./json-schema-4.ts";
import { preflight } from "./preflight.ts";
import { modelComponents, modelNames } from "./request-models.ts";

/** Media types whose bodies reach a backend as bytes (base64 in a Lambda's event) instead of as text. */
const BINARY_MEDIA_TYPES = [
  "application/octet-stream",
  "application/pdf",
  "application/zip",
  "application/gzip",
  "audio/mpeg",
  "font/woff2",
  "image/gif",
  "image/jpeg",
  "image/png",
  "image/webp",
  "multipart/form-data",
  "video/mp4",
];
const BINARY_KEY = "x-amazon-apigateway-binary-media-types";

/**
 * The OpenAPI 3.0 document that API Gateway imports, for one layout: a template in which the environment's
 * values are placeholders, `${name}` inside strings. What the team wrote stays; `${` and `%{` in it are
 * doubled, as Terraform's templates want.
 */
export function apiDefinition(api: Api, layout: LayoutData): Json {
  const document = escapeTemplates(api.document) as Json;
  const schemeOf = schemesByRoute(layout);
  const models = conversionOf(document);
  return {
    [BINARY_KEY]: BINARY_MEDIA_TYPES,
    ...without(document, ["x-portcullis", "paths", "components", "tags", "servers"]),
    paths: pathItems(api, document, schemeOf, models),
    components: {
      ...without(modelComponents(document, models), ["securitySchemes"]),
      securitySchemes: { ...externalSchemes(api, document), ...securitySchemes(layout) },
    },
    "x-amazon-apigateway-gateway-responses": gatewayResponses(),
    "x-amazon-apigateway-request-validators": {
      parameters: { validateRequestParameters: true, validateRequestBody: false },
      parameters_and_bodies: { validateRequestParameters: true, validateRequestBody: true },
    },
    "x-amazon-apigateway-request-validator": "${request_validator}",
  };
}

/** The security scheme of each guarded route, by `METHOD /path`. */
export const schemesByRoute = (layout: LayoutData): ReadonlyMap<string, string> =>
  new Map(
    layout.groups.flatMap((group) =>
      group.routes.map(([method, path]) => [`${method} ${path}`, schemeName(group.name, layout)] as const),
    ),
  );

/** The document's own schemes that its operations are left to; others would be authorizers that guard nothing. */
function externalSchemes({ operations }: Api, document: Json): Json {
  const named = new Set(operations.flatMap(({ external }) => external ?? []));
  const components = (document["components"] as Json) ?? {};
  const schemes = Object.entries((components["securitySchemes"] as Json) ?? {});
  return Object.fromEntries(schemes.filter(([name]) => named.has(name)));
}

/** One for each group of the layout, by its name. */
export const securitySchemes = (layout: LayoutData): Record<string, Json> =>
  Object.fromEntries(
    layout.groups.map((group) => [schemeName(group.name, layout), securityScheme(group.name, layout)]),
  );

/** What cannot be imported was told when the document was read. */
function conversionOf(document: Json): SchemaConversion {
  const names = modelNames(document);
  const tell = { lost: () => undefined, refused: () => undefined };
  return { modelName: (schema) => names.get(schema), tell };
}

/**
 * A TOKEN authorizer cannot have the layout in its cache's key, so it is in its name: another layout has another
 * authorizer, and that a cache of its own.
 */
const schemeName = (group: string, { front: apiType, hash }: LayoutData): string =>
  `portcullis_${group}${apiType === "rest-token" ? `_${hash}` : ""}`;

function securityScheme(group: string, layout: LayoutData): Json {
  return layout.front === "rest-token" ? tokenScheme(layout) : requestScheme(group, layout);
}

/** Without a call of the Lambda API Gateway answers 401 to whatever is not `Bearer` and three base64url parts. */
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
      authorizerResultTtlInSeconds: ttlOf(layout),
    },
  };
}

const ttlOf = ({ mode }: LayoutData) => (mode === "off" ? 0 : "${authorizer_ttl}");

/** A Lambda authorizer of type request; several identity sources, so no header of its own. */
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
      authorizerResultTtlInSeconds: ttlOf(layout),
    },
  };
}

/** The stage variable first: no two groups and no two layouts ever share a cached answer. */
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

/** Path parameters cannot be identity sources, the whole path can. */
function tenantSource(selector: LayoutData["tenantSelector"]): string[] {
  if (selector === null) return [];
  if ("path" in selector) return ["context.path"];
  return [`method.request.header.${"host" in selector ? "Host" : selector.header}`];
}

/** What an operation is left to stands with it; nothing but a public route is ever imported without an authorizer. */
function securityOf({ public: isPublic, external, route }: Operation, schemeOf: ReadonlyMap<string, string>) {
  if (isPublic) return [];
  const scheme = external ?? schemeOf.get(route.key);
  if (scheme === undefined) throw new Error(`${route.key} has no authorizer in a REST API`);
  return [{ [scheme]: [] }];
}

function pathItems(
  api: Api,
  document: Json,
  schemeOf: ReadonlyMap<string, string>,
  models: SchemaConversion,
): Json {
  const paths = [...new Set(api.operations.map((operation) => operation.route.path))];
  return Object.fromEntries(
    paths.map((path) => {
      const operations = api.operations.filter((operation) => operation.route.path === path);
      const item = operations.map((operation) => [
        operation.route.method.toLowerCase(),
        operationObject(operation, document, {
          models,
          security: securityOf(operation, schemeOf),
          integrations: integrationsOf(
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
          ...(declaresOptions ? {} : { options: preflight(operations.map(({ route }) => route)) }),
        },
      ];
    }),
  );
}
