import { isObject } from "../../model/is-object.ts";
import { isMethod, METHODS } from "../../model/route.ts";
import { ANY_METHOD } from "../model/operation.ts";
import type { Json } from "../openapi/definition-operation.ts";
import { type InitNotes, listOf, resolveRef } from "./notes.ts";
import type { RenamedPath } from "./paths.ts";

/** An operation of the starting folder. */
export interface InitOperation {
  readonly path: string;
  /** `get`, or the any-method's key. */
  readonly key: string;
  readonly operationId: string | undefined;
  readonly summary: string | undefined;
  readonly permission: string;
  readonly parameters: readonly Json[];
}

export const BACKEND = "backend";

/** The operations of the document's paths, as API Gateway can import them. */
export function readOperations(root: Json, paths: readonly RenamedPath[], notes: InitNotes): InitOperation[] {
  const taken = new Map<string, string>();
  const ids = new Set<string>();
  const items = root["paths"] as Json;
  return paths.flatMap(({ source, path }) => {
    const item = resolvePathItem(root, items[source], source, notes);
    return Object.entries(item).flatMap(([key, operation]): InitOperation[] => {
      if (!isObject(operation) || !isOperation(source, key, notes)) return [];
      const earlier = taken.get(`${key} ${path}`);
      if (earlier !== undefined) {
        notes.add(
          "dropped",
          `${key.toUpperCase()} ${source}`,
          `it is the same place as ${earlier}, whose route answers it`,
        );
        return [];
      }
      taken.set(`${key} ${path}`, source);
      const where = `${key === ANY_METHOD ? "ANY" : key.toUpperCase()} ${source}`;
      noteSecurity(operation, where, notes);
      return [
        {
          path,
          key,
          operationId: uniqueId(operation["operationId"], ids, where, notes),
          summary: summaryOf(operation),
          permission: permissionOf(operation, key, path),
          parameters: parametersOf(root, [item["parameters"], operation["parameters"]], where, notes),
        },
      ];
    });
  });
}

function resolvePathItem(root: Json, value: unknown, source: string, notes: InitNotes): Json {
  const item = resolveRef(root, value);
  if (isObject(item)) {
    if (item !== value)
      notes.add("changed", source, "API Gateway imports no path by $ref: its operations stand here");
    return item;
  }
  if (value !== null && value !== undefined)
    notes.add("dropped", source, "it is a $ref to another file, or to nothing: put its operations here");
  return {};
}

function isOperation(source: string, key: string, notes: InitNotes): boolean {
  const method = key.toUpperCase();
  if (key === "options") {
    notes.add("dropped", `OPTIONS ${source}`, "Portcullis answers preflight itself, without a token");
    return false;
  }
  if (key === ANY_METHOD || (isMethod(method) && key !== method)) return true;
  if (key === "trace" || key === "query")
    notes.add(
      "dropped",
      `${method} ${source}`,
      `API Gateway has no such method; it has ${METHODS.join(", ")}`,
    );
  return false;
}

function noteSecurity(operation: Json, where: string, notes: InitNotes): void {
  const security = operation["security"];
  if (security === undefined) return;
  const open =
    listOf(security).length === 0 ||
    listOf(security).some((one) => isObject(one) && Object.keys(one).length === 0);
  if (open)
    notes.add(
      "look at",
      where,
      "your document asks for no token here; it does now: write public: true if nobody needs one",
    );
}

function uniqueId(value: unknown, ids: Set<string>, where: string, notes: InitNotes): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  let id = value;
  for (let count = 2; ids.has(id); count++) id = `${value}_${count}`;
  if (id !== value) notes.add("renamed", where, `the operationId ${value} stands twice: ${id}`);
  ids.add(id);
  return id;
}

const MAX_SUMMARY = 120;

function summaryOf({ summary, description }: Json): string | undefined {
  const text = [summary, description].find(
    (one): one is string => typeof one === "string" && one.trim() !== "",
  );
  const line = text?.trim().split("\n", 1)[0]?.trim();
  return line === undefined || line.length <= MAX_SUMMARY ? line : `${line.slice(0, MAX_SUMMARY - 1)}…`;
}

function permissionOf({ tags }: Json, key: string, path: string): string {
  const [tag] = listOf(tags);
  const subject = (typeof tag === "string" ? slug(tag) : "") || prefixOf(path);
  return `${subject}.${key === "get" || key === "head" ? "read" : "write"}`;
}

/** The first literal that says something: `/api/v2/pets/{id}` is about pets. */
function prefixOf(path: string): string {
  const literals = path.split("/").filter((text) => text !== "" && !text.startsWith("{"));
  const telling = literals.find((text) => !/^(v\d[\d.]*|api|rest)$/i.test(text));
  return slug(telling ?? literals[0] ?? "") || "root";
}

const slug = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .toLowerCase();

/** API Gateway's own rule for the names of a method's parameters. */
const PARAMETER_NAME = /^[A-Za-z0-9:._$-]+$/;
/** Of OpenAPI itself: these are no parameters. */
const NO_PARAMETERS = ["accept", "content-type", "authorization"];

/** Query and header parameters; those of the path are made of the path. An operation's stand over its path's. */
function parametersOf(root: Json, lists: readonly unknown[], where: string, notes: InitNotes): Json[] {
  const parameters = new Map<string, Json>();
  for (const value of lists.flatMap(listOf)) {
    const parameter = resolveRef(root, value);
    if (isObject(parameter) && typeof parameter["name"] === "string") {
      const kept = keptParameter(root, parameter, where, notes);
      if (kept !== undefined) parameters.set(`${String(kept["in"])} ${String(kept["name"])}`, kept);
    } else notes.add("dropped", `a parameter of ${where}`, "it is a $ref to another file, or to nothing");
  }
  return [...parameters.values()];
}

function keptParameter(root: Json, parameter: Json, where: string, notes: InitNotes): Json | undefined {
  const { name, in: place, required } = parameter as { name: string; in: unknown; required?: unknown };
  if (place === "path") return undefined;
  const drop = (why: string): undefined =>
    notes.add("dropped", `parameter ${name} of ${where}`, why) as undefined;
  if (place !== "query" && place !== "header")
    return drop(`API Gateway has parameters in path, query and header, not in ${String(place)}`);
  if (place === "header" && NO_PARAMETERS.includes(name.toLowerCase()))
    return drop("OpenAPI declares this header elsewhere");
  if (!PARAMETER_NAME.test(name))
    return drop(
      "API Gateway has letters, digits and : . _ $ - only in a parameter's name; it is passed on unchecked",
    );
  return {
    name,
    in: place,
    ...(required === true && { required }),
    schema: schemaOf(root, parameter, name, where, notes),
  };
}

const TYPES = ["string", "number", "integer", "boolean", "array", "object"];

/** Of a parameter's schema API Gateway reads the type, and of a list of types it reads nothing. */
function schemaOf(root: Json, parameter: Json, name: string, where: string, notes: InitNotes): Json {
  const schema = resolveRef(root, parameter["schema"]);
  const types = isObject(schema) ? [schema["type"]].flat().filter((type) => type !== undefined) : [];
  const known = types.filter((type): type is string => TYPES.includes(String(type)));
  const [type = "string"] = known;
  const nullable = types.includes("null") || (isObject(schema) && schema["nullable"] === true);
  if (types.length > 1)
    notes.add(
      "changed",
      `parameter ${name} of ${where}`,
      `a list of types is of OpenAPI 3.1: ${type}${nullable ? ", nullable" : ""}`,
    );
  return { type, ...(type === "array" && { items: { type: "string" } }), ...(nullable && { nullable }) };
}
