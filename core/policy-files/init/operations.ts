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

/** Returns the operations of the document's paths, in the form that API Gateway can import. */
export function readOperations(root: Json, paths: readonly RenamedPath[], notes: InitNotes): InitOperation[] {
  const seen = new Map<string, string>();
  const ids = new Set<string>();
  const items = root["paths"] as Json;
  return paths.flatMap(({ source, path }) => {
    const item = resolvePathItem(root, items[source], source, notes);
    return Object.entries(item).flatMap(([key, operation]): InitOperation[] => {
      if (!isObject(operation) || !isOperation(source, key, notes)) return [];
      const earlier = seen.get(`${key} ${path}`);
      if (earlier !== undefined) {
        notes.add(
          "dropped",
          `${key.toUpperCase()} ${source}`,
          `it has the same route as ${earlier}, which handles its requests`,
        );
        return [];
      }
      seen.set(`${key} ${path}`, source);
      const where = `${key === ANY_METHOD ? "ANY" : key.toUpperCase()} ${source}`;
      noteSecurity(operation, where, notes);
      return [
        {
          path,
          key,
          operationId: uniqueId(operation["operationId"], ids, where, notes),
          summary: readSummary(operation),
          permission: choosePermission(operation, key, path),
          parameters: readParameters(root, [item["parameters"], operation["parameters"]], where, notes),
        },
      ];
    });
  });
}

function resolvePathItem(root: Json, value: unknown, source: string, notes: InitNotes): Json {
  const item = resolveRef(root, value);
  if (isObject(item)) {
    if (item !== value)
      notes.add(
        "changed",
        source,
        "API Gateway imports no path item by $ref, so its operations are written here",
      );
    return item;
  }
  if (value !== null && value !== undefined)
    notes.add(
      "dropped",
      source,
      "it is a $ref that cannot be resolved in this file: write its operations here",
    );
  return {};
}

function isOperation(source: string, key: string, notes: InitNotes): boolean {
  const method = key.toUpperCase();
  if (key === "options") {
    notes.add(
      "dropped",
      `OPTIONS ${source}`,
      "Portcullis answers preflight requests itself, without a token",
    );
    return false;
  }
  if (key === ANY_METHOD || (isMethod(method) && key !== method)) return true;
  if (key === "trace" || key === "query")
    notes.add(
      "dropped",
      `${method} ${source}`,
      `API Gateway has no ${method} method, only ${METHODS.join(", ")}`,
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
      "your document requires no token here, but api.yaml does: write public: true if the route needs no token",
    );
}

function uniqueId(value: unknown, ids: Set<string>, where: string, notes: InitNotes): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  let id = value;
  for (let count = 2; ids.has(id); count++) id = `${value}_${count}`;
  if (id !== value)
    notes.add("renamed", where, `the operationId ${value} appears twice, so this one is ${id}`);
  ids.add(id);
  return id;
}

const MAX_SUMMARY = 120;

function readSummary({ summary, description }: Json): string | undefined {
  const text = [summary, description].find(
    (one): one is string => typeof one === "string" && one.trim() !== "",
  );
  const line = text?.trim().split("\n", 1)[0]?.trim();
  return line === undefined || line.length <= MAX_SUMMARY ? line : `${line.slice(0, MAX_SUMMARY - 1)}…`;
}

function choosePermission({ tags }: Json, key: string, path: string): string {
  const [tag] = listOf(tags);
  const subject = (typeof tag === "string" ? slug(tag) : "") || firstSpecificLiteral(path);
  return `${subject}.${key === "get" || key === "head" ? "read" : "write"}`;
}

/** Returns the first literal that is not a version or a general word: `pets` for `/api/v2/pets/{id}`. */
function firstSpecificLiteral(path: string): string {
  const literals = path.split("/").filter((text) => text !== "" && !text.startsWith("{"));
  const specific = literals.find((text) => !/^(v\d[\d.]*|api|rest)$/i.test(text));
  return slug(specific ?? literals[0] ?? "") || "root";
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
/** Headers that OpenAPI does not describe as parameters. */
const NO_PARAMETERS = ["accept", "content-type", "authorization"];

/**
 * Reads query and header parameters; path parameters follow from the path. An operation's own take precedence
 * over its path's.
 */
function readParameters(root: Json, lists: readonly unknown[], where: string, notes: InitNotes): Json[] {
  const parameters = new Map<string, Json>();
  for (const value of lists.flatMap(listOf)) {
    const parameter = resolveRef(root, value);
    if (isObject(parameter) && typeof parameter["name"] === "string") {
      const kept = importableParameter(root, parameter, where, notes);
      if (kept !== undefined) parameters.set(`${String(kept["in"])} ${String(kept["name"])}`, kept);
    } else
      notes.add("dropped", `a parameter of ${where}`, "it is a $ref that cannot be resolved in this file");
  }
  return [...parameters.values()];
}

function importableParameter(root: Json, parameter: Json, where: string, notes: InitNotes): Json | undefined {
  const { name, in: location, required } = parameter as { name: string; in: unknown; required?: unknown };
  if (location === "path") return undefined;
  const drop = (why: string): undefined =>
    notes.add("dropped", `parameter ${name} of ${where}`, why) as undefined;
  if (location !== "query" && location !== "header")
    return drop(`API Gateway has parameters in path, query and header, but not in ${String(location)}`);
  if (location === "header" && NO_PARAMETERS.includes(name.toLowerCase()))
    return drop("OpenAPI does not describe this header as a parameter");
  if (!PARAMETER_NAME.test(name))
    return drop(
      "API Gateway allows only letters, digits and : . _ $ - in a parameter's name; it forwards this one unchecked",
    );
  return {
    name,
    in: location,
    ...(required === true && { required }),
    schema: simplifySchema(root, parameter, name, where, notes),
  };
}

const TYPES = ["string", "number", "integer", "boolean", "array", "object"];

/** Reduces a parameter's schema to one type: API Gateway reads nothing else of it, and no list of types. */
function simplifySchema(root: Json, parameter: Json, name: string, where: string, notes: InitNotes): Json {
  const schema = resolveRef(root, parameter["schema"]);
  const types = isObject(schema) ? [schema["type"]].flat().filter((type) => type !== undefined) : [];
  const known = types.filter((type): type is string => TYPES.includes(String(type)));
  const [type = "string"] = known;
  const nullable = types.includes("null") || (isObject(schema) && schema["nullable"] === true);
  if (types.length > 1)
    notes.add(
      "changed",
      `parameter ${name} of ${where}`,
      `a list of types belongs to OpenAPI 3.1, so it is ${type}${nullable ? ", nullable" : ""} now`,
    );
  return { type, ...(type === "array" && { items: { type: "string" } }), ...(nullable && { nullable }) };
}
