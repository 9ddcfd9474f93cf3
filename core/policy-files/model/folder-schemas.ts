import { digest } from "../source/digest.ts";

type Json = Readonly<Record<string, unknown>>;

/** What of a policy folder an editor suggests, by the kind that a schema names with `suggests`. */
export type Suggestions = Readonly<Record<string, readonly string[]>>;

/**
 * Returns a JSON Schema that suggests names of a folder. Another value is as valid as without them, so a name that is
 * newer than the schema is no error. Each list is in the schema once, as a definition.
 */
export function withSuggestions(schema: Json, names: Suggestions): Json {
  const definitions = new Map<string, unknown>();
  const define = (name: string, content: unknown): Json => {
    definitions.set(name, content);
    return { $ref: `#/definitions/${name}` };
  };
  const root = suggest(schema, names, define) as Json;
  if (definitions.size === 0) return root;
  const own = root["definitions"] as Json | undefined;
  return { ...root, definitions: { ...own, ...Object.fromEntries(definitions) } };
}

type Define = (name: string, content: unknown) => Json;

function suggest(schema: unknown, names: Suggestions, define: Define): unknown {
  if (Array.isArray(schema)) return schema.map((part) => suggest(part, names, define));
  if (typeof schema !== "object" || schema === null) return schema;
  const { suggests, ...rest } = schema as Json;
  const part = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, suggest(value, names, define)]),
  );
  const keyKind = (rest["propertyNames"] as Json | undefined)?.["suggests"];
  const values = knownNames(suggests, names);
  return {
    ...part,
    ...knownKeys(knownNames(keyKind, names), part["additionalProperties"], define),
    ...(values.length > 0 && { anyOf: [define(`known_${String(suggests)}`, { enum: values }), {}] }),
  };
}

const knownNames = (kind: unknown, names: Suggestions): readonly string[] =>
  typeof kind === "string" ? (names[kind] ?? []) : [];

/** Editors complete the keys of an object from `properties` alone. */
function knownKeys(keys: readonly string[], content: unknown, define: Define): Json {
  if (keys.length === 0) return {};
  const value = define(`value_${digest(content)}`, content);
  return { properties: Object.fromEntries(keys.map((key) => [key, value])), additionalProperties: value };
}
