import { isObject } from "../../model/is-object.ts";
import type { Path } from "../source/source.ts";
import { joinWithOr } from "../source/suggestion.ts";

type Json = Readonly<Record<string, unknown>>;

/** Receives the parts of a schema that a model cannot express. */
export interface SchemaReport {
  /** API Gateway imports the schema, but does not check this part. */
  lost(at: Path, message: string): void;
  /** API Gateway does not import the schema. */
  rejected(at: Path, message: string): void;
}

export interface SchemaConversion {
  /**
   * Returns the name of the model for a schema of the document's components; undefined if there is no such
   * schema.
   */
  modelName(schema: string): string | undefined;
  readonly report: SchemaReport;
}

/** Keys that have the same meaning in draft 4. */
const KEPT = ["title", "description", "enum", "uniqueItems", "multipleOf"].concat([
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
]);
/** Keys that do not affect which values are valid. */
const ANNOTATIONS = ["default", "example", "xml", "externalDocs"];
const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

const LOST: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    discriminator: "API Gateway ignores it: it distinguishes alternatives only by their own properties",
    format: "API Gateway does not check formats: add a pattern if it matters",
    readOnly: "API Gateway ignores it: a body may have the property",
    writeOnly: "API Gateway ignores it",
    deprecated: "API Gateway ignores it",
  }),
);
/**
 * Kept, because they may work; AWS's "important notes" of API Gateway list them as unsupported in models. `oneOf` and
 * `minItems` are listed there too, but were recorded to work.
 */
const DOUBTFUL = ["additionalProperties", "anyOf", "maxItems"];
const REJECTED: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    const: "it belongs to OpenAPI 3.1: write enum with one value",
    examples: "it belongs to OpenAPI 3.1: remove it, or write example",
    exclusiveMinimum: "a number belongs to OpenAPI 3.1: write minimum, and exclusiveMinimum: true",
    exclusiveMaximum: "a number belongs to OpenAPI 3.1: write maximum, and exclusiveMaximum: true",
  }),
);

/**
 * Converts a schema of OpenAPI 3.0 to a model of API Gateway: JSON Schema, draft 4. Reports and drops the parts that
 * API Gateway does not check or does not import.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
export function toDraft4(schema: unknown, at: Path, conversion: SchemaConversion): Json {
  const { report } = conversion;
  if (!isObject(schema)) {
    report.rejected(at, "expected a schema, which is a mapping");
    return {};
  }
  if (schema["$ref"] !== undefined) return referenced(schema["$ref"], [...at, "$ref"], conversion);
  const members = Object.entries(schema).flatMap(([key, value]) =>
    convertMember(key, value, [...at, key], schema, conversion),
  );
  return Object.fromEntries(members);
}

function referenced(ref: unknown, at: Path, { modelName, report }: SchemaConversion): Json {
  const name = schemaName(ref);
  const model = name === undefined ? undefined : modelName(name);
  if (model !== undefined) return { $ref: `#/components/schemas/${model}` };
  const why = name === undefined ? "expected #/components/schemas/<name>" : "there is no such schema";
  report.rejected(at, `$ref "${String(ref)}": ${why}`);
  return {};
}

/** Returns the name in `#/components/schemas/<name>`, a JSON pointer; undefined for any other reference. */
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
  const { report } = conversion;
  if (key.startsWith("x-") || ANNOTATIONS.includes(key)) return [];
  if (DOUBTFUL.includes(key))
    report.lost(at, `${key}: AWS documents that models do not support it: do not rely on it alone`);
  const nested = NESTED.get(key);
  if (nested !== undefined) return nested(key, value, at, conversion);
  const special = SPECIAL.get(key);
  if (special !== undefined) return special(value, at, schema, report);
  if (KEPT.includes(key)) return [[key, value]];
  const lost = LOST.get(key);
  if (lost === undefined)
    report.rejected(
      at,
      `${key}: ${REJECTED.get(key) ?? "API Gateway rejects a schema with this key: remove it"}`,
    );
  else if (value !== false) report.lost(at, `${key}: ${lost}`);
  return [];
}

type Nested = (key: string, value: unknown, at: Path, conversion: SchemaConversion) => Member[];

const one: Nested = (key, value, at, conversion) => [[key, toDraft4(value, at, conversion)]];

const each: Nested = (key, value, at, conversion) => {
  if (Array.isArray(value) && value.length > 0)
    return [[key, value.map((inner, index) => toDraft4(inner, [...at, index], conversion))]];
  conversion.report.rejected(at, `${key}: expected a list of schemas`);
  return [];
};

const byName: Nested = (key, value, at, conversion) => {
  if (typeof value !== "object")
    conversion.report.rejected(at, `${key}: expected a mapping of names to schemas`);
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

type Special = (value: unknown, at: Path, schema: Json, report: SchemaReport) => Member[];

/** Replaces an exclusive bound, which API Gateway ignores, by the next whole number if the type is integer. */
const bound =
  (exclusive: string, round: (limit: number) => number): Special =>
  (limit, at, schema) => {
    const moves = schema[exclusive] === true && schema["type"] === "integer" && typeof limit === "number";
    return [[String(at.at(-1)), moves ? round(limit) : limit]];
  };

const exclusive =
  (inclusive: string): Special =>
  (value, at, schema, report) => {
    const key = String(at.at(-1));
    const limit = schema[inclusive];
    if (typeof value !== "boolean") report.rejected(at, `${key}: ${REJECTED.get(key) ?? ""}`);
    else if (value && limit !== undefined && schema["type"] !== "integer")
      report.lost(at, `${key}: API Gateway ignores it: it accepts ${String(limit)} itself`);
    return [];
  };

const SPECIAL: ReadonlyMap<string, Special> = new Map(
  Object.entries<Special>({
    type(value, at, { nullable }, report) {
      if (!TYPES.includes(String(value)))
        report.rejected(at, `type: expected ${joinWithOr(TYPES)}, found "${String(value)}"`);
      if (nullable !== true) return [["type", value]];
      // An import drops a list of types, and makes `array` of an array or null.
      report.lost(
        at,
        "type: API Gateway does not import nullable types, so a value of any type passes: let callers omit it instead, or bound it with pattern, enum, minimum or the like",
      );
      return [];
    },
    nullable: () => [],
    required(value, at, _schema, report) {
      if (!Array.isArray(value)) report.rejected(at, "required: expected a list of properties");
      return Array.isArray(value) && value.length > 0 ? [["required", value]] : [];
    },
    pattern(value, at, _schema, report) {
      try {
        new RegExp(String(value), "u");
        return [["pattern", value]];
      } catch {
        report.rejected(at, `pattern: expected a regular expression, found "${String(value)}"`);
        return [];
      }
    },
    minimum: bound("exclusiveMinimum", (limit) => Math.floor(limit) + 1),
    maximum: bound("exclusiveMaximum", (limit) => Math.ceil(limit) - 1),
    exclusiveMinimum: exclusive("minimum"),
    exclusiveMaximum: exclusive("maximum"),
  }),
);
