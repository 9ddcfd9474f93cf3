import type { LayoutData } from "../layout.ts";
import { stageVariable } from "../layout.ts";
import { parameterNames } from "../route.ts";
import type { Api, Operation } from "./api.ts";
import { gatewayResponses } from "./gateway-responses.ts";
import { integrationsOf, placeholderName } from "./integrations.ts";
import type { SchemaConversion } from "./json-schema-4.ts";
import { preflight } from "./preflight.ts";
import {
  modelComponents,
  modelNames,
  requestBodyOf,
  requestModels,
  responseModels,
} from "./request-models.ts";

type Json = Readonly<Record<string, unknown>>;

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
  const groupOf = groupsByRoute(layout);
  const models = conversionOf(document);
  return {
    [BINARY_KEY]: BINARY_MEDIA_TYPES,
    ...without(document, ["x-portcullis", "paths", "components", "tags", "servers"]),
    paths: pathItems(api, document, groupOf, models),
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

/** The group of each guarded route, by `METHOD /path`. */
export const groupsByRoute = ({ groups }: LayoutData): ReadonlyMap<string, string> =>
  new Map(
    groups.flatMap((group) =>
      group.routes.map(([method, path]) => [`${method} ${path}`, group.name] as const),
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
    layout.groups.map((group) => [schemeName(group.name), securityScheme(group.name, layout)]),
  );

export const schemeName = (group: string): string => `portcullis_${group}`;
/** What cannot be imported was told when the document was read. */
function conversionOf(document: Json): SchemaConversion {
  const names = modelNames(document);
  const tell = { lost: () => undefined, refused: () => undefined };
  return { modelName: (schema) => names.get(schema), tell };
}

/** A Lambda authorizer of type request; several identity sources, so no header of its own. */
function securityScheme(group: string, layout: LayoutData): Json {
  return {
    type: "apiKey",
    name: "Unused",
    in: "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
      type: "request",
      authorizerUri: "${authorizer_uri}",
      identitySource: identitySources(group, layout).join(", "),
      authorizerResultTtlInSeconds: layout.mode === "off" ? 0 : "${authorizer_ttl}",
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

function pathItems(
  api: Api,
  document: Json,
  groupOf: ReadonlyMap<string, string>,
  models: SchemaConversion,
): Json {
  const paths = [...new Set(api.operations.map((operation) => operation.route.path))];
  return Object.fromEntries(
    paths.map((path) => {
      const operations = api.operations.filter((operation) => operation.route.path === path);
      const item = operations.map((operation) => [
        operation.route.method.toLowerCase(),
        operationObject(api, operation, document, groupOf, models),
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

function operationObject(
  api: Api,
  operation: Operation,
  document: Json,
  groupOf: ReadonlyMap<string, string>,
  models: SchemaConversion,
): Json {
  const item = (document["paths"] as Json)[operation.route.path] as Json;
  const source = item[String(operation.pointer.at(-1))] as Json;
  const group = groupOf.get(operation.route.key);
  const { operationId } = source;
  const body = requestBodyOf(document, source, operation.pointer);
  const requestBody = typeof body === "object" ? requestModels(body, models) : undefined;
  const isAny = operation.pointer.at(-1) !== operation.route.method.toLowerCase();
  return {
    ...without(source, ["x-portcullis", "operationId", "servers", "callbacks", "tags", "requestBody"]),
    ...(requestBody && { requestBody }),
    ...(typeof operationId === "string" && {
      operationId: isAny ? `${operationId}_${operation.route.method.toLowerCase()}` : operationId,
    }),
    parameters: parametersOf(operation, item, source, (document["components"] as Json) ?? {}),
    responses: (source["responses"] && responseModels(source["responses"], models)) ?? {
      default: { description: "The backend's answer" },
    },
    ...(group !== undefined && { security: [{ [schemeName(group)]: [] }] }),
    ...integrationsOf(
      operation,
      api.backends.get(operation.backend) ?? "lambda",
      placeholderName(operation.backend),
    ),
  };
}

/** The path item's parameters with the operation's own over them, and every parameter of the path declared. */
function parametersOf(operation: Operation, item: Json, source: Json, components: Json): Json[] {
  const declared = new Map<string, Json>();
  for (const list of [item["parameters"], source["parameters"]])
    for (const written of (Array.isArray(list) ? list : []) as Json[]) {
      const parameter = resolve(written, (components["parameters"] as Json) ?? {});
      declared.set(
        String(parameter["$ref"] ?? `${String(parameter["in"])} ${String(parameter["name"])}`),
        parameter,
      );
    }
  for (const name of parameterNames(operation.route.segments)) {
    const key = `path ${name}`;
    declared.set(key, { schema: { type: "string" }, ...declared.get(key), name, in: "path", required: true });
  }
  return [...declared.values()];
}

/** A parameter that `$ref` names in the document itself; one that is not there stays as it is written. */
function resolve(parameter: Json, known: Json): Json {
  const name = /^#\/components\/parameters\/([^/]+)$/.exec(String(parameter["$ref"]))?.[1];
  return name !== undefined && Object.hasOwn(known, name) ? (known[name] as Json) : parameter;
}

const without = (value: Json, keys: readonly string[]): Json =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

function escapeTemplates(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/[$%](?=\{)/g, (sign) => sign + sign);
  if (Array.isArray(value)) return value.map(escapeTemplates);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.startsWith("/") ? key : String(escapeTemplates(key)),
      escapeTemplates(inner),
    ]),
  );
}
