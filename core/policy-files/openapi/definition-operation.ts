import { parameterNames } from "../../model/route.ts";
import type { Operation } from "../model/operation.ts";
import type { SchemaConversion } from "./json-schema-4.ts";
import { requestBodyOf, requestModels, responseModels } from "./request-models.ts";

export type Json = Readonly<Record<string, unknown>>;

/** What Portcullis adds to an operation: its security, its integration under one or two keys, and its models. */
export interface OperationParts {
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly integrations: Json;
  /** How its schemas become a REST API's models; undefined: they stay as they are, and nothing checks them. */
  readonly models?: SchemaConversion;
}

/** One method of one path as API Gateway imports it: what the team wrote, and what Portcullis adds. */
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
    ...bodyOf(operation, document, source, models),
    ...(typeof operationId === "string" && {
      operationId: isAny ? `${operationId}_${operation.route.method.toLowerCase()}` : operationId,
    }),
    parameters: parametersOf(operation, item, source, (document["components"] as Json) ?? {}),
    responses: responsesOf(source, models) ?? { default: { description: "The backend's answer" } },
    ...(security.length > 0 && { security }),
    ...integrations,
  };
}

function bodyOf(
  { pointer }: Operation,
  document: Json,
  source: Json,
  models: SchemaConversion | undefined,
): Json {
  if (models === undefined) return source["requestBody"] ? { requestBody: source["requestBody"] } : {};
  const body = requestBodyOf(document, source, pointer);
  const requestBody = typeof body === "object" ? requestModels(body, models) : undefined;
  return requestBody === undefined ? {} : { requestBody };
}

function responsesOf(source: Json, models: SchemaConversion | undefined): unknown {
  const responses = source["responses"];
  return responses && models ? responseModels(responses, models) : responses;
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

export const without = (value: Json, keys: readonly string[]): Json =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

/** What the team wrote, with `${` and `%{` in it doubled, as Terraform's templates want. */
export function escapeTemplates(value: unknown): unknown {
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
