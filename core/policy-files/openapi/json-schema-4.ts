import { isObject } from "../../model/is-object.ts";
import type { Path } from "../source/source.ts";

type Json = Readonly<Record<string, unknown>>;

/** Where what a model cannot hold is told. */
export interface SchemaTeller {
  /** API Gateway imports the schema, and checks less than it says. */
  lost(at: Path, message: string): void;
  /** API Gateway does not import the schema. */
  refused(at: Path, message: string): void;
}

export interface SchemaConversion {
  /** The model that a schema of the document's components becomes; undefined where there is none. */
  modelName(schema: string): string | undefined;
  readonly tell: SchemaTeller;
}

/** Draft 4 has them too. */
const KEPT = ["title", "description", "enum", "uniqueItems", "multipleOf"].concat([
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
]);
/** They say nothing of which values are valid. */
const ANNOTATIONS = ["default", "example", "xml", "externalDocs"];
const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

const LOST: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    discriminator: "API Gateway does not know it: alternatives are told apart by their own properties alone",
    format: "API Gateway does not check formats: add a pattern where it matters",
    readOnly: "API Gateway does not know it: a body may hold the property",
    writeOnly: "API Gateway does not know it",
    deprecated: "API Gateway does not keep it",
  }),
);
/** Kept, for it may hold; AWS's "important notes" of API Gateway name them as unsupported in models. */
const DOUBTFUL = ["additionalProperties", "anyOf", "oneOf", "minItems", "maxItems"];
const REFUSED: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    const: "it is of OpenAPI 3.1: write enum with one value",
    examples: "it is of OpenAPI 3.1: remove it, or write example",
    exclusiveMinimum: "a number is of OpenAPI 3.1: write minimum, and exclusiveMinimum: true",
    exclusiveMaximum: "a number is of OpenAPI 3.1: write maximum, and exclusiveMaximum: true",
  }),
);

/**
 * A schema of OpenAPI 3.0 as a model of API Gateway: JSON Schema, draft 4. What gets lost and what is not
 * imported is told, and left out.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
export function toDraft4(schema: unknown, at: Path, conversion: SchemaConversion): Json {
  const { tell } = conversion;
  if (!isObject(schema)) {
    tell.refused(at, "expected a schema, which is a mapping");
    return {};
  }
  if (schema["$ref"] !== undefined) return referenced(schema["$ref"], [...at, "$ref"], conversion);
  const members = Object.entries(schema).flatMap(([key, value]) =>
    convertMember(key, value, [...at, key], schema, conversion),
  );
  return Object.fromEntries(members);
}

function referenced(ref: unknown, at: Path, { modelName, tell }: SchemaConversion): Json {
  const name = schemaName(ref);
  const model = name === undefined ? undefined : modelName(name);
  if (model !== undefined) return { $ref: `#/components/schemas/${model}` };
  const why =
    name === undefined ? "API Gateway takes #/components/schemas/<name> only" : "there is no such schema";
  tell.refused(at, `$ref "${String(ref)}": ${why}`);
  return {};
}

/** The name in `#/components/schemas/<name>`, a JSON pointer; undefined for another reference. */
function schemaName(ref: unknown): string | undefined {
  const written = /^#\/components\/schemas\/([^/]+)$/.exec(String(ref))?.[1];
  return written?.replaceAll("~1", "/").replaceAll("~0", "~");
}

type Member = readonly [key: string, value: unknown];

function convertMember(
  key: string,
  value: unknown,
  at: Path,
  schema: Json,
  conversion: SchemaConversion,
): Member[] {
  const { tell } = conversion;
  if (key.startsWith("x-") || ANNOTATIONS.includes(key)) return [];
  if (DOUBTFUL.includes(key))
    tell.lost(at, `${key}: AWS documents that models do not support it: do not rely on it alone`);
  const nested = NESTED.get(key);
  if (nested !== undefined) return nested(key, value, at, conversion);
  const special = SPECIAL.get(key);
  if (special !== undefined) return special(value, at, schema, tell);
  if (KEPT.includes(key)) return [[key, value]];
  const lost = LOST.get(key);
  if (lost === undefined)
    tell.refused(
      at,
      `${key}: ${REFUSED.get(key) ?? "API Gateway refuses a schema with this key: remove it"}`,
    );
  else if (value !== false) tell.lost(at, `${key}: ${lost}`);
  return [];
}

type Nested = (key: string, value: unknown, at: Path, conversion: SchemaConversion) => Member[];

const one: Nested = (key, value, at, conversion) => [[key, toDraft4(value, at, conversion)]];

const each: Nested = (key, value, at, conversion) => {
  if (Array.isArray(value) && value.length > 0)
    return [[key, value.map((inner, index) => toDraft4(inner, [...at, index], conversion))]];
  conversion.tell.refused(at, `${key}: expected a list of schemas`);
  return [];
};

const byName: Nested = (key, value, at, conversion) => {
  if (typeof value !== "object")
    conversion.tell.refused(at, `${key}: expected a mapping of names to schemas`);
  const entries = Object.entries((value ?? {}) as object);
  return [
    [
      key,
      Object.fromEntries(entries.map(([name, inner]) => [name, toDraft4(inner, [...at, name], conversion)])),
    ],
  ];
};

const NESTED: ReadonlyMap<string, Nested> = new Map(
  Object.entries<Nested>({
    properties: byName,
    items: one,
    not: one,
    allOf: each,
    anyOf: each,
    oneOf: each,
    additionalProperties: (key, value, at, conversion) =>
      typeof value === "boolean" ? [[key, value]] : one(key, value, at, conversion),
  }),
);

type Special = (value: unknown, at: Path, schema: Json, tell: SchemaTeller) => Member[];

/** API Gateway does not know exclusive bounds: of whole numbers the next one is the same bound. */
const bound =
  (exclusive: string, round: (limit: number) => number): Special =>
  (limit, at, schema) => {
    const moves = schema[exclusive] === true && schema["type"] === "integer" && typeof limit === "number";
    return [[String(at.at(-1)), moves ? round(limit) : limit]];
  };

const exclusive =
  (inclusive: string): Special =>
  (value, at, schema, tell) => {
    const key = String(at.at(-1));
    const limit = schema[inclusive];
    if (typeof value !== "boolean") tell.refused(at, `${key}: ${REFUSED.get(key) ?? ""}`);
    else if (value && limit !== undefined && schema["type"] !== "integer")
      tell.lost(at, `${key}: API Gateway does not know it: ${String(limit)} itself passes`);
    return [];
  };

const SPECIAL: ReadonlyMap<string, Special> = new Map(
  Object.entries<Special>({
    type(value, at, { nullable }, tell) {
      if (!TYPES.includes(String(value)))
        tell.refused(at, `type: expected ${TYPES.join(", ")}, found "${String(value)}"`);
      return [["type", nullable === true ? [value, "null"] : value]];
    },
    nullable: () => [],
    required(value, at, _schema, tell) {
      if (!Array.isArray(value)) tell.refused(at, "required: expected a list of properties");
      return Array.isArray(value) && value.length > 0 ? [["required", value]] : [];
    },
    pattern(value, at, _schema, tell) {
      try {
        new RegExp(String(value), "u");
        return [["pattern", value]];
      } catch {
        tell.refused(at, `pattern: "${String(value)}" is no regular expression`);
        return [];
      }
    },
    minimum: bound("exclusiveMinimum", (limit) => Math.floor(limit) + 1),
    maximum: bound("exclusiveMaximum", (limit) => Math.ceil(limit) - 1),
    exclusiveMinimum: exclusive("minimum"),
    exclusiveMaximum: exclusive("maximum"),
  }),
);
