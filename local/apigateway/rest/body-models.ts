import draft4 from "ajv-draft-04";
import { type Definition, DefinitionError, type OperationDefinition } from "../shared/definition.ts";
import { headerValue, mediaType } from "../shared/headers.ts";
import type { BodyModel } from "../shared/model.ts";
import type { GatewayRequest } from "../shared/request.ts";

/** The content type whose model applies to every content type without a model. */
const ANY_TYPE = "$default";

/**
 * Reads the models of a method by content type: JSON Schema, draft 4, without checks of formats. A list of types is
 * dropped, as an import into API Gateway drops it.
 *
 * @throws DefinitionError for a schema with a key that API Gateway would not import
 */
export function readModels(
  location: string,
  { requestBody }: OperationDefinition,
  { components }: Definition,
): Map<string, BodyModel> {
  const models = Object.entries(requestBody?.content ?? {}).flatMap(([type, { schema }]) =>
    schema === undefined
      ? []
      : [[type.toLowerCase(), compile(location, schema, components.schemas)] as const],
  );
  return new Map(models);
}

function compile(location: string, schema: object, schemas: object): BodyModel {
  const loose = { strictTypes: false, strictRequired: false, strictTuples: false, validateFormats: false };
  const ajv = new draft4.default({ ...loose, keywords: ["components"] });
  try {
    // References have the form `#/components/schemas/<name>`, so the schemas must be at that path.
    const validate = ajv.compile(withoutTypeLists({ ...schema, components: { schemas } }) as object);
    return (value) => (validate(value) ? undefined : (validate.errors?.[0]?.schemaPath ?? "#"));
  } catch (error) {
    throw new DefinitionError(location, `its model cannot be imported: ${(error as Error).message}`);
  }
}

function withoutTypeLists(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutTypeLists);
  if (typeof schema !== "object" || schema === null) return schema;
  const members = Object.entries(schema).filter(([key, value]) => key !== "type" || !Array.isArray(value));
  return Object.fromEntries(members.map(([key, value]) => [key, withoutTypeLists(value)]));
}

/**
 * Checks a body against the model of its content type, if there is one. Without a `Content-Type` the body counts as
 * JSON. An empty body is not valid JSON.
 *
 * @returns the problem with its path in the model, without any part of the body; undefined if there is none
 */
export function findBodyProblem(
  { headers, body }: GatewayRequest,
  models: ReadonlyMap<string, BodyModel>,
): string | undefined {
  const type = mediaType(headerValue(headers, "content-type")) || "application/json";
  const model = models.get(type) ?? models.get(ANY_TYPE);
  if (model === undefined) return undefined;
  const parsed = parse(body);
  if (parsed === undefined) return "the body is not JSON";
  const violated = model(parsed.value);
  return violated && `the body violates its model at ${violated}`;
}

function parse(body: Buffer | undefined): { readonly value: unknown } | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
