import type { Binding, BindingSource } from "../grant.ts";
import { isMethod, METHODS, type Method, makeRoute, parameterNames, type Route } from "../route.ts";
import { checkDocument } from "./api-document.ts";
import { checkPaths } from "./api-paths.ts";
import { suggestion } from "./near-miss.ts";
import type { Position, Problems } from "./problem.ts";
import { apiRootSchema, operationSchema } from "./schemas.ts";
import type { Path, Source } from "./source.ts";
import { validate, valueAt } from "./validate.ts";

export const ANY_METHOD = "x-amazon-apigateway-any-method";

export type BackendKind = "lambda" | "http";

/** One method of one path; an any-method stands here once for each method that it takes. */
export interface Operation {
  readonly route: Route;
  readonly backend: string;
  readonly permission: string | undefined;
  /** Wildcards do not reach it: a grant must name it. */
  readonly explicit: boolean;
  /** No authorizer. */
  readonly public: boolean;
  /** What the root's `bind` demands of every caller. */
  readonly bind: Binding;
  /** Opts out of a `bind` of the root that would concern it. */
  readonly unbound: boolean;
  /** Its place in the document: `["paths", path, key]`. */
  readonly pointer: Path;
  readonly at: Position;
}

/** `policies/api.yaml`: the one source of the routes. */
export interface Api {
  readonly document: Readonly<Record<string, unknown>>;
  readonly source: Source;
  readonly backends: ReadonlyMap<string, BackendKind>;
  readonly tenantHeader: string | null;
  /** In the document's order. */
  readonly operations: readonly Operation[];
}

/** Reads the API; undefined where nothing can be made of it. What API Gateway cannot import is a problem. */
export function readApi(source: Source, problems: Problems): Api | undefined {
  const document = checkDocument(source, problems);
  if (document === undefined) return undefined;
  const root = readRoot(source, problems);
  const operations = readOperations(source, document, root, problems);
  checkPaths(source, Object.keys(document.paths), problems);
  checkBind(source, root, operations, problems);
  return { document, source, backends: root.backends, tenantHeader: root.tenantHeader, operations };
}

interface Root {
  readonly backends: ReadonlyMap<string, BackendKind>;
  readonly bind: ReadonlyMap<string, BindingSource>;
  readonly tenantHeader: string | null;
}

function readRoot(source: Source, problems: Problems): Root {
  const path = ["x-portcullis"];
  if (valueAt(source.value, path) === undefined) {
    problems.error(
      source.at([]),
      "x-portcullis is missing at the root: it names the backends, as in x-portcullis: { backends: { docs: lambda } }",
    );
    return { backends: new Map(), bind: new Map(), tenantHeader: null };
  }
  const read = validate(apiRootSchema, source, problems, path);
  const backends = new Map(Object.entries(read?.backends ?? {}));
  checkPlaceholderNames(source, backends, problems);
  return {
    backends,
    bind: new Map(Object.entries(read?.bind ?? {}) as [string, BindingSource][]),
    tenantHeader: read?.tenant?.header ?? null,
  };
}

function checkPlaceholderNames(
  source: Source,
  backends: ReadonlyMap<string, BackendKind>,
  problems: Problems,
): void {
  for (const name of backends.keys())
    if (name.includes("-") && backends.has(name.replaceAll("-", "_")))
      problems.error(
        source.keyAt(["x-portcullis", "backends", name]),
        `backends "${name}" and "${name.replaceAll("-", "_")}" differ by - and _ only: rename one`,
      );
}

function readOperations(
  source: Source,
  document: { paths: object },
  root: Root,
  problems: Problems,
): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) => {
    if (typeof item !== "object" || item === null) return [];
    const methods = Object.keys(item).flatMap((key) => methodsOf(source, path, key, item, problems));
    return methods.flatMap(
      ({ method, key }) => readOperation(source, path, method, key, root, problems) ?? [],
    );
  });
}

const PATH_ITEM_KEYS = ["summary", "description", "parameters", "servers"];

function methodsOf(
  source: Source,
  path: string,
  key: string,
  item: object,
  problems: Problems,
): { method: Method; key: string }[] {
  const upper = key.toUpperCase();
  if (isMethod(upper) && key !== upper) return [{ method: upper, key }];
  if (key === ANY_METHOD) {
    const declared = new Set(Object.keys(item).map((name) => name.toUpperCase()));
    return METHODS.filter((method) => method !== "OPTIONS" && !declared.has(method)).map((method) => ({
      method,
      key,
    }));
  }
  if (PATH_ITEM_KEYS.includes(key) || (key.startsWith("x-") && key !== "x-portcullis")) return [];
  const at = source.keyAt(["paths", path, key]);
  if (key === "$ref")
    problems.error(at, "API Gateway does not import a path item by $ref: write its operations here");
  else if (key === "x-portcullis")
    problems.error(at, "x-portcullis belongs to each operation and to the root, not to a path");
  else if (key === "trace") problems.error(at, "API Gateway has no TRACE method");
  else
    problems.error(
      at,
      `unknown key "${key}" in a path${suggestion(key, [...METHODS.map((method) => method.toLowerCase()), ANY_METHOD])}`,
    );
  return [];
}

function readOperation(
  source: Source,
  path: string,
  method: Method,
  key: string,
  root: Root,
  problems: Problems,
): Operation | undefined {
  const pointer = ["paths", path, key];
  const at = source.keyAt(pointer);
  const what = `${method} ${path}`;
  const ours = valueAt(source.value, [...pointer, "x-portcullis"]);
  if (ours === undefined) {
    problems.error(
      at,
      `${what} has no x-portcullis: name its backend, and public: true if it is to have no authorizer`,
    );
    return undefined;
  }
  refuseForeign(source, pointer, what, problems);
  if (typeof ours === "object" && ours !== null && !("backend" in ours))
    problems.error(
      source.at([...pointer, "x-portcullis"]),
      `${what} has no backend: add backend: ${[...root.backends.keys()].join(" or ") || "<name>"}`,
    );
  const read = validate(operationSchema, source, problems, [...pointer, "x-portcullis"]);
  if (read?.backend === undefined) return undefined;
  const where = (name: string) => source.at([...pointer, "x-portcullis", name]);
  if (!root.backends.has(read.backend))
    problems.error(
      where("backend"),
      `${what}: unknown backend "${read.backend}"${suggestion(read.backend, root.backends.keys())}`,
    );
  const route = makeRoute(method, path, [...new Set(read.scopes)].sort());
  const isPublic = read.public === true;
  for (const name of ["permission", "scopes", "explicit", "bind"] as const)
    if (isPublic && read[name] !== undefined)
      problems.error(where(name), `${what} is public, so nothing checks its ${name}: remove one of the two`);
  const bind = rootBinding(route, root);
  return {
    route,
    backend: read.backend,
    permission: read.permission,
    explicit: read.explicit === true,
    public: isPublic,
    bind: read.bind === "none" || isPublic ? {} : bind,
    unbound: read.bind === "none" && Object.keys(bind).length > 0,
    pointer,
    at,
  };
}

/** What Portcullis writes itself may not stand in the document: one of the two would be lost. */
function refuseForeign(source: Source, pointer: Path, what: string, problems: Problems): void {
  const refused = {
    security: "Portcullis writes the security of every operation",
    "x-amazon-apigateway-integration": "Portcullis writes the integration from the operation's backend",
    "x-amazon-apigateway-auth": "Portcullis writes the authorizer",
  };
  for (const [key, why] of Object.entries(refused))
    if (valueAt(source.value, [...pointer, key]) !== undefined)
      problems.error(source.keyAt([...pointer, key]), `${what}: remove ${key}: ${why}`);
}

function rootBinding(route: Route, root: Root): Binding {
  const bound = parameterNames(route.segments).flatMap((name) => {
    const from = root.bind.get(name);
    return from === undefined ? [] : [[name, [from]] as const];
  });
  return Object.fromEntries(bound);
}

function checkBind(source: Source, root: Root, operations: readonly Operation[], problems: Problems): void {
  const known = new Set(operations.flatMap((operation) => parameterNames(operation.route.segments)));
  for (const name of root.bind.keys())
    if (!known.has(name))
      problems.error(
        source.keyAt(["x-portcullis", "bind", name]),
        `bind: no route has a parameter {${name}}${suggestion(name, known)}`,
      );
  for (const operation of operations)
    if (
      !operation.unbound &&
      valueAt(source.value, [...operation.pointer, "x-portcullis", "bind"]) !== undefined &&
      !operation.public
    )
      problems.error(
        source.keyAt([...operation.pointer, "x-portcullis", "bind"]),
        `${operation.route.key}: bind: none changes nothing, for no parameter of it is bound at the root: remove it`,
      );
}
