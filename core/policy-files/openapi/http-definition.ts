import type { LayoutData } from "../../model/layout.ts";
import { stageVariable } from "../../model/layout.ts";
import { issuerPlaceholder, jwtOperations } from "../model/jwt-routes.ts";
import { type Api, inDocument, type Operation } from "../model/operation.ts";
import { httpAccess } from "./access-route.ts";
import { BINARY_KEY } from "./binary-media-types.ts";
import {
  clientHeaders,
  escapeTemplates,
  type Json,
  operationObject,
  without,
} from "./definition-operation.ts";
import { httpApiIntegrations, placeholderName } from "./integrations.ts";
import { httpMetadata } from "./resource-metadata.ts";

const LAMBDA_SCHEME = "portcullis_all";
const AUTHORIZER_KEY = "x-amazon-apigateway-authorizer";

/**
 * Generates the OpenAPI 3.0 document that API Gateway imports as an HTTP API: a template like that of a REST API. A
 * placeholder that is a whole string can be a number, a boolean or a list.
 */
export function httpDefinition(api: Api, layout: LayoutData): Json {
  const document = escapeTemplates(api.document) as Json;
  const issuers = [...new Set(jwtOperations(api).map(({ jwt }) => jwt))];
  return {
    ...without(document, [BINARY_KEY, "x-portcullis", "paths", "components", "security", "tags", "servers"]),
    paths: pathItems(api, document),
    components: {
      ...without((document["components"] as Json) ?? {}, ["securitySchemes"]),
      securitySchemes: {
        [LAMBDA_SCHEME]: lambdaScheme(layout),
        ...Object.fromEntries(issuers.map((issuer) => [jwtSchemeName(issuer), jwtScheme(issuer)])),
      },
    },
    // API Gateway itself answers preflight requests, and overwrites the backend's headers with these.
    "x-amazon-apigateway-cors": {
      allowOrigins: "${cors_allowed_origins}",
      allowHeaders: [
        ...clientHeaders(api, api.operations).map((name) => name.toLowerCase()),
        "${cors_allowed_headers}",
      ],
      allowMethods: [...new Set(api.operations.map(({ route }) => route.method))].sort(),
      maxAge: "${cors_max_age}",
    },
  };
}

function lambdaScheme(layout: LayoutData): Json {
  return {
    type: "apiKey",
    name: "Authorization",
    in: "header",
    [AUTHORIZER_KEY]: {
      type: "request",
      authorizerUri: "${authorizer_uri}",
      authorizerPayloadFormatVersion: "2.0",
      enableSimpleResponses: layout.front === "http-simple",
      identitySource: identitySources(layout).join(", "),
      authorizerResultTtlInSeconds: "${authorizer_ttl}",
    },
  };
}

/**
 * The stage variable has the layout's hash, so no cached response outlives its layout. A simple response decides one
 * request, so the path is part of its cache key: a grant can depend on a path parameter's value.
 */
function identitySources({ front: apiType, tenantSelector: selector }: LayoutData): string[] {
  const byPath = apiType === "http-simple" || (selector !== null && "path" in selector);
  const header =
    selector === null || "path" in selector ? [] : ["host" in selector ? "Host" : selector.header];
  return [
    `$stageVariables.${stageVariable("all")}`,
    "$request.header.Authorization",
    ...header.map((name) => `$request.header.${name}`),
    "$context.routeKey",
    ...(byPath ? ["$context.path"] : []),
  ];
}

const jwtSchemeName = (issuer: string): string => `portcullis_jwt_${issuer}`;

/**
 * Returns a scheme with which API Gateway itself verifies tokens: signature, issuer, audience, times and scope.
 */
function jwtScheme(issuer: string): Json {
  const name = issuerPlaceholder(issuer);
  return {
    type: "oauth2",
    [AUTHORIZER_KEY]: {
      type: "jwt",
      identitySource: "$request.header.Authorization",
      jwtConfiguration: { issuer: `\${issuer_${name}_url}`, audience: `\${issuer_${name}_audiences}` },
    },
  };
}

function pathItems(api: Api, document: Json): Json {
  const items: Record<string, Record<string, Json>> = {};
  for (const operation of api.operations) {
    const { method, path } = operation.route;
    items[path] = {
      ...items[path],
      [method.toLowerCase()]: inDocument(operation)
        ? operationObject(operation, document, {
            security: operationSecurity(operation),
            integrations: httpApiIntegrations(
              operation,
              api.backends.get(operation.backend) ?? "lambda",
              placeholderName(operation.backend),
            ),
          })
        : operation.access
          ? httpAccess(operation)
          : httpMetadata(),
    };
  }
  return items;
}

function operationSecurity({ public: isPublic, jwt, route }: Operation) {
  if (isPublic) return [];
  return jwt === undefined ? [{ [LAMBDA_SCHEME]: [] }] : [{ [jwtSchemeName(jwt)]: route.scopes }];
}
