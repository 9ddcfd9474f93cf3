import { parameterNames } from "../../model/route.ts";
import { type Api, inDocument, type Operation } from "../model/operation.ts";
import type { SchemaConversion } from "./json-schema-4.ts";
import { findRequestBody, requestModels, responseModels } from "./request-models.ts";

export type Json = Readonly<Record<string, unknown>>;

/** The parts that Portcullis adds to an operation. */
export interface OperationParts {
  /** Empty for an operation that is open. It is always written, because an import may apply the root's security. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  /** The integration, under one key or two. */
  readonly integrations: Json;
  /**
   * Converts the operation's schemas to a REST API's models; undefined: they stay as they are, and nothing checks
   * them.
   */
  readonly models?: SchemaConversion;
}

/**
 * Returns one method of one path as API Gateway imports it: the team's own content with the parts that Portcullis
 * adds.
 */
export function operationObject(
  operation: Operation,
  document: Json,
  { security, integrations, models }: OperationParts,
): Json {
  const item = (document["paths"] as Json)[operation.route.path] as Json;
  const source = item[String(operation.pointer.at(-1))] as Json;
  const { operationId } = source;
  const isAny = operation.pointer.at(-1) !== operation.route.method.toLowerCase();
  return {
    ...without(source, ["x-portcullis", "operationId", "servers", "callbacks", "tags", "requestBody"]),
    ...convertBody(operation, document, source, models),
    ...(typeof operationId === "string" && {
      operationId: isAny ? `${operationId}_${operation.route.method.toLowerCase()}` : operationId,
    }),
    parameters: mergeParameters(operation, item, source, (document["components"] as Json) ?? {}),
    responses: convertResponses(source, models),
    security,
    ...integrations,
  };
}

function convertBody(
  { pointer }: Operation,
  document: Json,
  source: Json,
  models: SchemaConversion | undefined,
): Json {
  if (models === undefined) return source["requestBody"] ? { requestBody: source["requestBody"] } : {};
  const body = findRequestBody(document, source, pointer);
  const requestBody = typeof body === "object" ? requestModels(body, models) : undefined;
  return requestBody === undefined ? {} : { requestBody };
}

const RESPONSE = { description: "The backend's response" };
const STATUS = /^[1-5]\d\d$/;

/**
 * Returns the responses that an import accepts without a warning. A REST API has method responses by status, so
 * `default` and ranges such as `4XX` stand for no response; they change nothing, because backends respond themselves.
 */
function convertResponses(source: Json, models: SchemaConversion | undefined): unknown {
  const responses = source["responses"];
  if (models === undefined) return responses ?? { default: RESPONSE };
  const entries = Object.entries(responseModels(responses, models));
  const byStatus = entries.filter(([status]) => STATUS.test(status));
  if (byStatus.length > 0) return Object.fromEntries(byStatus);
  return { "200": entries.find(([status]) => status === "default")?.[1] ?? RESPONSE };
}

/**
 * Merges the path item's parameters with the operation's own, which take precedence. Declares every path
 * parameter.
 */
function mergeParameters(operation: Operation, item: Json, source: Json, components: Json): Json[] {
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

/**
 * Resolves a parameter's `$ref` within the document. Returns the parameter unchanged if there is nothing to
 * resolve.
 */
function resolve(parameter: Json, declared: Json): Json {
  const name = /^#\/components\/parameters\/([^/]+)$/.exec(String(parameter["$ref"]))?.[1];
  return name !== undefined && Object.hasOwn(declared, name) ? (declared[name] as Json) : parameter;
}

/** The headers that OpenAPI says are no parameters; browsers' rules for them are those of Terraform's `cors`. */
const NO_PARAMETERS = ["accept", "content-type", "authorization"];

/**
 * Lists the headers that a client of these operations sends: the tenant selector's, those that they declare, and the one
 * with which clients of the Model Context Protocol read the metadata document.
 */
export function clientHeaders(
  { document, tenantSelector }: Pick<Api, "document" | "tenantSelector">,
  operations: readonly Operation[],
): string[] {
  const components = (document["components"] as Json) ?? {};
  const declared = operations.filter(inDocument).flatMap((operation) => {
    const item = (document["paths"] as Json)[operation.route.path] as Json;
    const source = item[String(operation.pointer.at(-1))] as Json;
    return mergeParameters(operation, item, source, components)
      .filter((parameter) => parameter["in"] === "header")
      .map((parameter) => String(parameter["name"]));
  });
  const selecting = tenantSelector !== null && "header" in tenantSelector ? [tenantSelector.header] : [];
  const ofMetadata = operations.some(({ advertised }) => advertised !== undefined)
    ? ["MCP-Protocol-Version"]
    : [];
  const names = [...selecting, ...declared, ...ofMetadata].filter(
    (name) => /^[A-Za-z0-9_.-]+$/.test(name) && !NO_PARAMETERS.includes(name.toLowerCase()),
  );
  return [...new Map(names.map((name) => [name.toLowerCase(), name])).values()];
}

export const without = (value: Json, keys: readonly string[]): Json =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

/** Escapes the team's own `${` and `%{`, also in keys, for Terraform's templates, by doubling the first character. */
export function escapeTemplates(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/[$%](?=\{)/g, (sign) => sign + sign);
  if (Array.isArray(value)) return value.map(escapeTemplates);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [String(escapeTemplates(key)), escapeTemplates(inner)]),
  );
}
