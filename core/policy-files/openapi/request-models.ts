import { isObject } from "../../model/is-object.ts";
import type { Path } from "../source/source.ts";
import { type SchemaConversion, toDraft4 } from "./json-schema-4.ts";

type Json = Readonly<Record<string, unknown>>;

/** The content type whose model applies to all content types without one. */
const ANY_TYPE = "$default";
const JSON_TYPE = /^application\/([^;]+\+)?json$/i;

const mappingAt = (value: unknown, key: string): Json => {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : {};
};

/**
 * Returns the model name of each schema of the document, by the schema's name. Model names have letters and
 * digits only.
 */
export function modelNames(document: Json): Map<string, string> {
  const names = new Map<string, string>();
  const used = new Set<string>();
  for (const schema of Object.keys(mappingAt(document["components"], "schemas"))) {
    const short = schema.replace(/[^A-Za-z0-9]/g, "") || "Model";
    let name = short;
    for (let number = 2; used.has(name); number++) name = `${short}${number}`;
    used.add(name);
    names.set(schema, name);
  }
  return names;
}

/** An operation's request body. */
export interface RequestBody {
  /** By content type. */
  readonly content: Json;
  /** The body's path in the document. */
  readonly at: Path;
  readonly required: boolean;
}

/**
 * Returns an operation's request body, also if it is a `$ref`; undefined if there is none; a message if it cannot
 * be found.
 */
export function findRequestBody(
  document: Json,
  operation: unknown,
  at: Path,
): RequestBody | string | undefined {
  const written = isObject(operation) ? operation["requestBody"] : undefined;
  if (written === undefined) return undefined;
  if (!isObject(written)) return "requestBody: expected a mapping with content";
  const ref = written["$ref"];
  if (ref === undefined) return bodyAt(written, [...at, "requestBody"]);
  const name = /^#\/components\/requestBodies\/([^/]+)$/.exec(String(ref))?.[1] ?? "";
  const found = mappingAt(document["components"], "requestBodies")[name];
  return isObject(found)
    ? bodyAt(found, ["components", "requestBodies", name])
    : `requestBody: there is no ${String(ref)}: expected #/components/requestBodies/<name>`;
}

const bodyAt = (body: Json, at: Path): RequestBody => ({
  content: mappingAt(body, "content"),
  at,
  required: body["required"] === true,
});

/** Returns a body's content types: those that API Gateway can check, and those that it forwards unchecked. */
export function contentTypes({ content }: Pick<RequestBody, "content">): {
  checked: string[];
  unchecked: string[];
} {
  const types = Object.keys(content);
  const isChecked = (type: string): boolean =>
    (JSON_TYPE.test(type) || type === "*/*") &&
    isObject(content[type]) &&
    content[type]["schema"] !== undefined;
  return { checked: types.filter(isChecked), unchecked: types.filter((type) => !isChecked(type)) };
}

/**
 * Returns the models of a body, by content type. API Gateway does not check a body of any other content type, so the
 * first model also applies to all others, unless the body declares content types that cannot be checked.
 */
export function requestModels(body: RequestBody, conversion: SchemaConversion): Json | undefined {
  const { checked, unchecked } = contentTypes(body);
  const models = checked.map((type) => {
    const at = [...body.at, "content", type, "schema"];
    const { schema } = body.content[type] as Json;
    return [
      type === "*/*" ? "application/json" : type,
      { schema: toDraft4(schema, at, conversion) },
    ] as const;
  });
  const [first] = models;
  if (first === undefined) return undefined;
  const others = unchecked.length === 0 ? [[ANY_TYPE, first[1]] as const] : [];
  return { required: true, content: Object.fromEntries([...models, ...others]) };
}

/**
 * Returns the document's components with models for schemas, and without request bodies, which are written
 * inline.
 */
export function modelComponents(document: Json, conversion: SchemaConversion): Json {
  const { requestBodies: _bodies, ...components } = mappingAt(document, "components");
  const schemas = Object.entries(mappingAt(components, "schemas")).map(([name, schema]) => [
    conversion.modelName(name) ?? name,
    toDraft4(schema, ["components", "schemas", name], conversion),
  ]);
  return {
    ...components,
    ...("schemas" in components && { schemas: Object.fromEntries(schemas) }),
    ...("responses" in components && { responses: responseModels(components["responses"], conversion) }),
  };
}

/**
 * Returns responses with models for schemas. API Gateway does not check responses, but it rejects schemas that it
 * cannot import.
 */
export function responseModels(responses: unknown, conversion: SchemaConversion): Json {
  const entries = Object.entries(isObject(responses) ? responses : {});
  return Object.fromEntries(
    entries.map(([status, response]) => [
      status,
      isObject(response) && isObject(response["content"])
        ? { ...response, content: contentModels(response["content"], conversion) }
        : response,
    ]),
  );
}

function contentModels(content: Json, conversion: SchemaConversion): Json {
  return Object.fromEntries(
    Object.keys(content).map((type) => {
      const { schema } = mappingAt(content, type);
      return [type, schema === undefined ? {} : { schema: toDraft4(schema, [], conversion) }];
    }),
  );
}
