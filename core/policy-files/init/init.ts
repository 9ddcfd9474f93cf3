import { isObject } from "../../model/is-object.ts";
import type { Json } from "../openapi/definition-operation.ts";
import { startingFiles } from "./files.ts";
import { type InitNote, InitNotes, listOf } from "./notes.ts";
import { type InitOperation, readOperations } from "./operations.ts";
import { countResources, renamePaths } from "./paths.ts";

/** A policy folder to start from. */
export interface StartingFolder {
  /** Texts by path below the folder. */
  readonly files: ReadonlyMap<string, string>;
  readonly operations: readonly InitOperation[];
  readonly notes: readonly InitNote[];
}

/** API Gateway's default quota of resources. */
const RESOURCES = 300;

/**
 * Makes a policy folder of a team's OpenAPI 3 document: its routes with a permission for each tag, a role that
 * reads and one that writes, one plan, one tenant, and tests. A text says why it cannot.
 */
export function startingFolder(document: unknown): StartingFolder | string {
  if (!isObject(document)) return "it is no OpenAPI document: expected openapi, info and paths";
  if (document["swagger"] !== undefined)
    return "it is a Swagger 2.0 document: convert it to OpenAPI 3.0 first, for example with npx swagger2openapi";
  const version = document["openapi"];
  if (typeof version !== "string" || !/^3\.\d+/.test(version))
    return `openapi: expected 3.x, found ${version === undefined ? "nothing" : String(version)}`;
  if (!isObject(document["paths"])) return "it has no paths, so there are no routes";
  const notes = new InitNotes();
  noteRoot(document, version, notes);
  const sources = Object.keys(document["paths"]).filter((path) => !path.startsWith("x-"));
  const operations = readOperations(document, renamePaths(sources, notes), notes);
  if (operations.length === 0) return "no operation is left that API Gateway can have";
  noteSize(operations, notes);
  return { files: startingFiles(titleOf(document), operations), operations, notes: notes.list };
}

function titleOf({ info }: Json): { readonly title: string; readonly version: string } {
  const { title, version } = isObject(info) ? info : { title: undefined, version: undefined };
  return {
    title: typeof title === "string" && title !== "" ? title : "API",
    version: version === undefined || version === null ? "1.0.0" : String(version),
  };
}

function noteRoot(document: Json, version: string, notes: InitNotes): void {
  if (!/^3\.0\./.test(version))
    notes.add("changed", `openapi: ${version}`, "API Gateway imports 3.0.x only: openapi: 3.0.3");
  const has = (key: string): boolean => document[key] !== undefined;
  if (has("webhooks")) notes.add("dropped", "webhooks", "they are of OpenAPI 3.1, and no routes of this API");
  if (has("security"))
    notes.add(
      "dropped",
      "security at the root",
      "API Gateway ignores it; Portcullis writes the security of every operation",
    );
  if (has("jsonSchemaDialect")) notes.add("dropped", "jsonSchemaDialect", "it is of OpenAPI 3.1");
  for (const server of listOf(document["servers"])) {
    const url = isObject(server) ? String(server["url"]) : "";
    const base = /^(?:[^/]*:\/\/[^/]+)?(\/.+?)\/?$/.exec(url)?.[1];
    notes.add(
      "dropped",
      `server ${url}`,
      `the API's own address takes its place${base === undefined ? "" : `; callers find no ${base} before the paths`}`,
    );
  }
  noteInside(document, notes);
}

/** Members of operations that are dropped wherever they stand, counted. */
const INSIDE: Readonly<Record<string, string>> = {
  security: "Portcullis writes the security of every operation; scopes can be asked for under x-portcullis",
  callbacks: "API Gateway does not know them, and they are no routes of this API",
  servers: "the API's own address takes their place",
  requestBody:
    "API Gateway passes bodies on unread; their schemas stay in your own document; write those that it is to check into api.yaml",
  responses: "your own document goes on telling them; API Gateway passes them on unread",
};

function noteInside(document: Json, notes: InitNotes): void {
  const items = Object.values(document["paths"] as Json).filter(isObject);
  const operations = items.flatMap((item) => Object.values(item).filter(isObject));
  for (const [key, why] of Object.entries(INSIDE)) {
    const count = [...items, ...operations].filter((holder) => holder[key] !== undefined).length;
    if (count > 0)
      notes.add("dropped", `${key} of ${count} ${count === 1 ? "operation" : "operations"}`, why);
  }
  const links = operations.filter(
    ({ responses }) =>
      isObject(responses) &&
      Object.values(responses).some((one) => isObject(one) && one["links"] !== undefined),
  );
  if (links.length > 0)
    notes.add(
      "dropped",
      `links of ${links.length} ${links.length === 1 ? "operation" : "operations"}`,
      "API Gateway does not know them",
    );
  if (isObject(document["components"]))
    notes.add(
      "dropped",
      "components",
      "parameters stand where they are used; schemas and security schemes stay in your own document",
    );
}

function noteSize(operations: readonly InitOperation[], notes: InitNotes): void {
  const paths = [...new Set(operations.map(({ path }) => path))];
  const resources = countResources(paths);
  if (resources > RESOURCES)
    notes.add(
      "look at",
      `${resources} resources`,
      `an API has ${RESOURCES} by default: ask AWS to raise the quota, or divide the API`,
    );
  for (const path of paths.filter((one) => one === "/ping" || one === "/sping"))
    notes.add("look at", path, "API Gateway answers it itself on a custom domain without a base path");
}
