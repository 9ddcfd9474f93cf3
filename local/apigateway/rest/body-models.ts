import draft4 from "ajv-draft-04";
import { type Definition, DefinitionError, type OperationDefinition } from "../shared/definition.ts";
import { headerValue, mediaType } from "../shared/headers.ts";
import type { BodyModel } from "../shared/model.ts";
import type { GatewayRequest } from "../shared/request.ts";

/** The content type whose model holds for every one that has none. */
const ANY_TYPE = "$default";

/**
 * Reads the models of a method, by content type: JSON Schema, draft 4, whose formats are not checked.
 *
 * @throws DefinitionError for a schema with a key that API Gateway would not import
 */
export function readModels(
  place: string,
  { requestBody }: OperationDefinition,
  { components }: Definition,
): Map<string, BodyModel> {
  const models = Object.entries(requestBody?.content ?? {}).flatMap(([type, { schema }]) =>
    schema === undefined ? [] : [[type.toLowerCase(), compile(place, schema, components.schemas)] as const],
  );
  return new Map(models);
}

function compile(place: string, schema: object, schemas: object): BodyModel {
  const loose = { strictTypes: false, strictRequired: false, strictTuples: false, validateFormats: false };
  const ajv = new draft4.default({ ...loose, keywords: ["components"] });
  try {
    // References are to `#/components/schemas/<name>`, so the schema stands where these are.
    const validate = ajv.compile({ ...schema, components: { schemas } });
    return (value) => (validate(value) ? undefined : (validate.errors?.[0]?.schemaPath ?? "#"));
  } catch (error) {
    throw new DefinitionError(place, `its model cannot be imported: ${(error as Error).message}`);
  }
}

/**
 * What is wrong with a body, as far as there is a model for its content type: a place in the model, and
 * nothing of the body. Without a `Content-Type` it is taken for JSON, and an empty body is none.
 */
export function bodyProblem(
  { headers, body }: GatewayRequest,
  models: ReadonlyMap<string, BodyModel>,
): string | undefined {
  const type = mediaType(headerValue(headers, "content-type")) || "application/json";
  const model = models.get(type) ?? models.get(ANY_TYPE);
  if (model === undefined) return undefined;
  const parsed = parse(body);
  if (parsed === undefined) return "the body is not JSON";
  const broken = model(parsed.value);
  return broken && `the body breaks its model at ${broken}`;
}

function parse(body: Buffer | undefined): { readonly value: unknown } | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
