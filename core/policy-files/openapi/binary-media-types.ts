import { isObject } from "../../model/is-object.ts";
import { resolveRef } from "./resolve-ref.ts";

type Json = Readonly<Record<string, unknown>>;

/** The root's key that lists the media types whose bodies a REST API passes on as bytes. */
export const BINARY_KEY = "x-amazon-apigateway-binary-media-types";

/** The shapes that API Gateway compares: a type and a subtype, all subtypes of a type, and everything. */
const MEDIA_TYPE = /^(\*\/\*|[a-z0-9][a-z0-9!#$&^_.+-]*\/(\*|[a-z0-9][a-z0-9!#$&^_.+-]*))$/;

export const isBinaryMediaType = (value: unknown): boolean =>
  typeof value === "string" && MEDIA_TYPE.test(value.toLowerCase());

/** Media types that are text, so that nothing is lost if API Gateway decodes them as UTF-8. */
const TEXT =
  /^(text\/.+|.+\+(json|xml|yaml)(-seq)?|application\/(x-)?(json|json5|jsonl|json-seq|jsonlines|ndjson|xml|xml-dtd|javascript|ecmascript|typescript|www-form-urlencoded|graphql|yaml|toml|sql|jwt|sparql-query|sh))$/;

/** Ranges that cover JSON or text too: as binary types they would turn these bodies into base64 for functions. */
const BROAD_TYPES: readonly string[] = ["*/*", "application/*", "text/*"];

/**
 * Returns the binary media types of a document: those that its root lists, or those of its operations' content types,
 * of requests and responses, that are not text; without parameters, in lower case, sorted.
 */
export function binaryMediaTypes(document: Json): string[] {
  const listed = document[BINARY_KEY];
  if (Array.isArray(listed)) return listed.map(String);
  const binary = contents(document)
    .map(({ type }) => type)
    .filter((type) => MEDIA_TYPE.test(type) && !TEXT.test(type) && !BROAD_TYPES.includes(type));
  return [...new Set(binary)].sort();
}

/**
 * Returns the operations, by path and key, with bytes of a content type that covers text too. Their bytes are decoded as
 * UTF-8 unless the root lists binary media types.
 */
export function undeclaredBytes(document: Json): (readonly [path: string, key: string])[] {
  if (document[BINARY_KEY] !== undefined) return [];
  const isBytes = ({ type, media }: Content): boolean => {
    const schema = resolve(document, resolve(document, media)["schema"]);
    return BROAD_TYPES.includes(type) && schema["format"] === "binary";
  };
  return contents(document).flatMap((one) => (isBytes(one) ? [[one.path, one.key] as const] : []));
}

/** A content type of a request or a response, without parameters and in lower case. */
interface Content {
  readonly path: string;
  readonly key: string;
  readonly type: string;
  readonly media: unknown;
}

function contents(document: Json): Content[] {
  const contentOf = (holder: unknown) =>
    Object.entries(resolve(document, resolve(document, holder)["content"]));
  return Object.entries(resolve(document, document["paths"])).flatMap(([path, item]) =>
    Object.entries(resolve(document, item)).flatMap(([key, operation]) => {
      const { requestBody, responses } = resolve(document, operation);
      const holders = [requestBody, ...Object.values(resolve(document, responses))];
      return holders.flatMap(contentOf).map(([type, media]) => ({
        path,
        key,
        type: type.split(";", 1).join("").trim().toLowerCase(),
        media,
      }));
    }),
  );
}

/** Returns a mapping, also behind a `$ref`; an empty one in place of anything else. */
function resolve(document: Json, value: unknown): Json {
  const found = resolveRef(document, value);
  return isObject(found) ? found : {};
}
