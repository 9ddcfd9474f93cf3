import { isObject } from "../../model/is-object.ts";
import { isMethod, METHODS } from "../../model/route.ts";
import { ANY_METHOD } from "../model/operation.ts";
import type { Json } from "../openapi/definition-operation.ts";
import { resolveRef } from "../openapi/resolve-ref.ts";
import { AccessReader, type InitAccess } from "./access.ts";
import { BackendNames, type InitBackend } from "./backends.ts";
import { readTarget } from "./integrations.ts";
import { type InitNotes, listOf } from "./notes.ts";
import type { RenamedPath } from "./paths.ts";
import { PermissionNames } from "./permissions.ts";
import { readResponses } from "./responses.ts";
import { UniqueNames } from "./unique-names.ts";

/** An operation of the starting folder. */
export interface InitOperation {
  readonly path: string;
  readonly backend: string;
  /** The path on the backend; undefined for a function, which is called without one. */
  readonly backendPath: string | undefined;
  /** `get`, or the any-method's key. */
  readonly key: string;
  readonly operationId: string | undefined;
  readonly summary: string | undefined;
  readonly permission: string;
  readonly access: InitAccess;
  readonly parameters: readonly Json[];
  /** The description of each status, which OpenAPI requires. */
  readonly responses: Json;
}

/** Returns whether roles can grant an operation; an undecided one has its permission once it is decided. */
export const isGrantable = ({ access }: InitOperation): boolean =>
  access.kind === "guarded" || access.kind === "undecided";

/** An operation as the document writes it. */
interface Written {
  readonly source: string;
  readonly path: string;
  readonly backendPath: string;
  readonly key: string;
  readonly where: string;
  readonly item: Json;
  readonly operation: Json;
}

/** The operations of a document, and the security schemes that they name. */
export interface InitOperations {
  readonly operations: readonly InitOperation[];
  readonly schemes: Readonly<Record<string, Json>>;
  readonly backends: readonly InitBackend[];
}

/** Returns the operations of the document's paths, in the form that API Gateway can import. */
export function readOperations(root: Json, paths: readonly RenamedPath[], notes: InitNotes): InitOperations {
  const written = paths.flatMap((path) => readPathItem(root, path, notes));
  const reader = new AccessReader(
    root,
    written.map(({ operation }) => operation),
    notes,
  );
  const called = written.map((one) => ({ ...one, target: readTarget(root, one.operation, one, notes) }));
  const backends = new BackendNames(root, called);
  const permissions = new PermissionNames(root, paths);
  const ids = new UniqueNames("_");
  const byRoute = new Map<string, Read>();
  for (const one of called) {
    const permission = permissions.nameOf(one.operation, one.key, one.path);
    const access = reader.read(one.operation, one.where);
    const read = { ...one, permission, access, ...backends.callsOf(one) };
    const route = `${one.key} ${one.path}`;
    const earlier = byRoute.get(route);
    byRoute.set(route, earlier === undefined ? read : foldInto(earlier, read, notes));
  }
  const operations = [...byRoute.values()].map(
    ({ where, item, operation, ...read }): InitOperation => ({
      path: read.path,
      backend: read.backend,
      backendPath: read.backendPath,
      key: read.key,
      operationId: uniqueId(operation["operationId"], ids, where, notes),
      summary: readSummary(operation),
      permission: read.permission,
      access: read.access,
      parameters: readParameters(root, [item["parameters"], operation["parameters"]], where, notes),
      responses: readResponses(root, operation),
    }),
  );
  backends.note(notes);
  return {
    operations,
    backends: backends.list,
    schemes: reader.schemesOf(operations.map(({ access }) => access)),
  };
}

type Read = Omit<Written, "backendPath"> &
  Pick<InitOperation, "permission" | "access" | "backend" | "backendPath">;

/**
 * Returns the one operation of two whose requests API Gateway cannot distinguish. It is undecided if different callers
 * may use them, because what opens one of them opens both.
 */
function foldInto(first: Read, second: Read, notes: InitNotes): Read {
  const isSame =
    first.backend === second.backend &&
    first.permission === second.permission &&
    JSON.stringify(first.access) === JSON.stringify(second.access);
  if (isSame) {
    notes.add(
      "dropped",
      second.where,
      `it has the same route as ${first.source}, which handles its requests`,
      "same route",
    );
    return first;
  }
  const why = `API Gateway cannot distinguish its requests from those of ${second.where} (${printAccess(second)}), so what opens one (${printAccess(first)}) opens both`;
  notes.add(
    "look at",
    first.where,
    `undecided: ${why}: give one of them another path, or both the same permission`,
    "one route for two operations",
  );
  return { ...first, access: { kind: "undecided", why } };
}

function printAccess({ access, permission }: Read): string {
  if (access.kind === "external") return `auth: external, by ${access.scheme}`;
  return access.kind === "public"
    ? "public: true"
    : `${permission}${access.kind === "guarded" && access.scopes.length > 0 ? ` with ${access.scopes.join(" ")}` : ""}`;
}

/** Returns the operations of a path item, which may be behind a `$ref`, as each of its operations may. */
function readPathItem(root: Json, { source, path, backendPath }: RenamedPath, notes: InitNotes): Written[] {
  const item = resolvePathItem(root, (root["paths"] as Json)[source], source, notes);
  return Object.entries(item).flatMap(([key, value]): Written[] => {
    const operation = resolveRef(root, value);
    if (!isObject(operation) || !isOperation(source, key, notes)) return [];
    const where = `${key === ANY_METHOD ? "ANY" : key.toUpperCase()} ${source}`;
    return [{ source, path, backendPath, key, where, item, operation }];
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

function uniqueId(value: unknown, ids: UniqueNames, where: string, notes: InitNotes): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  const id = ids.take([value]);
  if (id !== value)
    notes.add(
      "renamed",
      where,
      `the operationId ${value} appears twice, so this one is ${id}`,
      "operationId",
    );
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
      "list of types",
    );
  return { type, ...(type === "array" && { items: { type: "string" } }), ...(nullable && { nullable }) };
}
