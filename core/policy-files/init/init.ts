import { isObject } from "../../model/is-object.ts";
import { plural } from "../../model/plural.ts";
import {
  BINARY_KEY,
  binaryMediaTypes,
  isBinaryMediaType,
  undeclaredBytes,
} from "../openapi/binary-media-types.ts";
import type { Json } from "../openapi/definition-operation.ts";
import { MAX_RESOURCES } from "../openapi/quotas.ts";
import type { InitBackend } from "./backends.ts";
import { startingFiles } from "./files.ts";
import { type InitNote, InitNotes } from "./notes.ts";
import { type InitOperation, readOperations } from "./operations.ts";
import { countResources, renamePaths } from "./paths.ts";

/** A policy folder to start from. */
export interface StartingFolder {
  /** The content of each file, by path below the folder. */
  readonly files: ReadonlyMap<string, string>;
  readonly operations: readonly InitOperation[];
  readonly backends: readonly InitBackend[];
  readonly notes: readonly InitNote[];
}

/**
 * Generates a policy folder from a team's OpenAPI 3.0 document: its routes with a permission for each tag, a role that
 * reads and one that writes, one plan, one tenant, and tests. Returns the reason as a string if it cannot.
 *
 * @param notes what a conversion of the document to OpenAPI 3.0 changed
 */
export function startingFolder(document: unknown, notes = new InitNotes()): StartingFolder | string {
  if (!isObject(document)) return "this is not an OpenAPI document: expected openapi, info and paths";
  const version = document["openapi"];
  if (!/^3(\.0(\.\d+)?)?$/.test(String(version))) return wrongVersion(version);
  if (!isObject(document["paths"])) return "paths: expected a mapping of paths, so that there are routes";
  noteRoot(document, notes);
  const sources = Object.keys(document["paths"]).filter((path) => !path.startsWith("x-"));
  const { operations, schemes, backends } = readOperations(document, renamePaths(sources, notes), notes);
  if (operations.length === 0) return "the document has no operation that API Gateway can import";
  noteSize(operations, notes);
  return {
    files: startingFiles(readInfo(document), operations, {
      binaryMediaTypes: mediaTypes(document, notes),
      schemes,
      backends,
    }),
    operations,
    backends,
    notes: notes.list,
  };
}

function wrongVersion(version: unknown): string {
  const found = version === undefined ? "nothing" : String(version);
  return /^3\.2/.test(found)
    ? `openapi: expected 3.0 or 3.1, found ${found}: write openapi: 3.1.0 if the document has nothing that is new in 3.2 (query, additionalOperations, $self), or remove it first`
    : `openapi: expected 3.0 or 3.1, or swagger: "2.0", found ${found}`;
}

function readInfo({ info }: Json): { readonly title: string; readonly version: string } {
  const { title, version } = isObject(info) ? info : { title: undefined, version: undefined };
  return {
    title: typeof title === "string" && title !== "" ? title : "API",
    version: version === undefined || version === null ? "1.0.0" : String(version),
  };
}

/** Returns the document's binary media types: `api.yaml` has no content types from which they could follow. */
function mediaTypes(document: Json, notes: InitNotes): string[] {
  for (const [path, key] of undeclaredBytes(document))
    notes.count(
      "look at",
      "bytes of any content type",
      `a REST API decodes them as text: list their media types in ${BINARY_KEY} of api.yaml`,
      `${key.toUpperCase()} ${path}`,
    );
  const found = binaryMediaTypes(document);
  for (const type of found.filter((one) => !isBinaryMediaType(one)))
    notes.add(
      "dropped",
      `${BINARY_KEY}: ${type}`,
      "API Gateway matches media types such as image/png, image/* and */*, without parameters",
    );
  return found.filter(isBinaryMediaType);
}

function noteRoot(document: Json, notes: InitNotes): void {
  const has = (key: string): boolean => document[key] !== undefined;
  if (has("webhooks"))
    notes.add("dropped", "webhooks", "they belong to OpenAPI 3.1, and are not routes of this API");
  if (has("jsonSchemaDialect")) notes.add("dropped", "jsonSchemaDialect", "it belongs to OpenAPI 3.1");
  noteDroppedKeys(document, notes);
}

/** Keys that are dropped from every path item and operation. */
const DROPPED_KEYS: Readonly<Record<string, string>> = {
  callbacks: "API Gateway ignores them, and they are not routes of this API",
  requestBody:
    "API Gateway does not check bodies unless api.yaml has their schemas: add those that it must check there",
  responses:
    "API Gateway does not check responses: only their descriptions are kept; the rest stays in your own document",
};

function noteDroppedKeys(document: Json, notes: InitNotes): void {
  const items = Object.values(document["paths"] as Json).filter(isObject);
  const operations = items.flatMap((item) => Object.values(item).filter(isObject));
  for (const [key, why] of Object.entries(DROPPED_KEYS)) {
    const count = [...items, ...operations].filter((holder) => holder[key] !== undefined).length;
    if (count > 0) notes.add("dropped", `${key} of ${plural(count, "operation")}`, why);
  }
  const links = operations.filter(
    ({ responses }) =>
      isObject(responses) &&
      Object.values(responses).some((one) => isObject(one) && one["links"] !== undefined),
  );
  if (links.length > 0)
    notes.add("dropped", `links of ${plural(links.length, "operation")}`, "API Gateway ignores them");
  if (isObject(document["components"]))
    notes.add(
      "dropped",
      "components",
      "parameters are written where they are used; schemas stay in your own document",
    );
}

function noteSize(operations: readonly InitOperation[], notes: InitNotes): void {
  const paths = [...new Set(operations.map(({ path }) => path))];
  const resources = countResources(paths);
  if (resources > MAX_RESOURCES)
    notes.add(
      "look at",
      `${resources} resources`,
      `an API can have ${MAX_RESOURCES} by default: request a higher quota from AWS, or split the API`,
    );
  for (const path of paths.filter((one) => one === "/ping" || one === "/sping"))
    notes.add("look at", path, "API Gateway itself answers this path on a custom domain without a base path");
}
