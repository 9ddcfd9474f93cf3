import type { Binding, BindingSource } from "../../model/grant.ts";
import { isObject } from "../../model/is-object.ts";
import type { TenantSelector } from "../../model/layout.ts";
import {
  isMethod,
  METHODS,
  type Method,
  makeRoute,
  parameterNames,
  parseTemplate,
  type Route,
} from "../../model/route.ts";
import { type AccessPath, withAccessRoute } from "../openapi/access-route.ts";
import { checkBodies } from "../openapi/check-bodies.ts";
import { readExternal, requiredApiKeys, schemeNames } from "../openapi/external-auth.ts";
import type { Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { kindOf, validate, valueAt } from "../source/validate.ts";
import { checkDocument } from "./api-document.ts";
import { checkPaths } from "./api-paths.ts";
import { checkJwtSettings } from "./jwt-routes.ts";
import { ANY_METHOD, type Api, type BackendKind, isGuarded, type Operation } from "./operation.ts";
import { checkClaim } from "./roles.ts";
import { apiRootSchema, type OperationSettings, operationSchema } from "./schemas.ts";

/**
 * Reads `policies/api.yaml`. Returns undefined if it is not a readable OpenAPI document. Reports everything that
 * API Gateway cannot import.
 */
export function readApi(source: Source, problems: Problems): Api | undefined {
  const document = checkDocument(source, problems);
  if (document === undefined) return undefined;
  const root = readRoot(source, problems);
  const operations = readOperations(source, document, root, problems);
  const { access } = root;
  const paths = Object.keys(document.paths).map((path) => [path, source.keyAt(["paths", path])] as const);
  checkPaths(access === undefined ? paths : [...paths, [access.path, access.at]], problems);
  checkBodies({ document, source, operations }, problems);
  if (root.readable) {
    checkBind(source, root, operations, problems);
    checkTenantParameter(source, root, operations, problems);
  }
  const { backends, tenantSelector } = root;
  return withAccessRoute({ document, source, backends, tenantSelector, operations }, access, problems);
}

interface Root {
  /** False: it has an error, so what depends on it is not checked. */
  readonly readable: boolean;
  readonly backends: ReadonlyMap<string, BackendKind>;
  readonly bind: ReadonlyMap<string, BindingSource>;
  readonly tenantSelector: TenantSelector;
  readonly access: AccessPath | undefined;
}

function readRoot(source: Source, problems: Problems): Root {
  const path = ["x-portcullis"];
  if (valueAt(source.value, path) === undefined)
    problems.error(
      "missing-settings",
      source.at([]),
      "x-portcullis is missing at the root: it names the backends, as in x-portcullis: { backends: { docs: lambda } }",
    );
  const read =
    valueAt(source.value, path) === undefined ? undefined : validate(apiRootSchema, source, problems, path);
  const backends = new Map(Object.entries(read?.backends ?? {}));
  checkPlaceholderNames(source, backends, problems);
  return {
    readable: read !== undefined,
    backends,
    bind: new Map(Object.entries(read?.bind ?? {}) as [string, BindingSource][]),
    tenantSelector: read?.tenant ?? null,
    access: read?.access && { path: read.access.path, at: source.at([...path, "access", "path"]) },
  };
}

/**
 * Rejects claims in the root's `bind` that no issuer forwards. Undefined `forwardedClaims`: the issuers have an
 * error.
 */
export function checkBoundClaims(
  api: Api | undefined,
  forwardedClaims: ReadonlySet<string> | undefined,
  problems: Problems,
): void {
  if (api === undefined || forwardedClaims === undefined) return;
  const path = ["x-portcullis", "bind"];
  for (const [name, from] of Object.entries((valueAt(api.source.value, path) ?? {}) as object))
    checkClaim("bind", from, api.source.at([...path, name]), forwardedClaims, problems);
}

function checkPlaceholderNames(
  source: Source,
  backends: ReadonlyMap<string, BackendKind>,
  problems: Problems,
): void {
  for (const name of backends.keys())
    if (name.includes("-") && backends.has(name.replaceAll("-", "_")))
      problems.error(
        "ambiguous-names",
        source.keyAt(["x-portcullis", "backends", name]),
        `backends "${name}" and "${name.replaceAll("-", "_")}" differ only in - and _: rename one of them`,
      );
}

function readOperations(
  source: Source,
  document: { paths: object },
  root: Root,
  problems: Problems,
): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    declaredMethods(source, path, item, problems).map((declared) =>
      readOperation(source, path, declared, root, problems),
    ),
  );
}

const PATH_ITEM_KEYS = ["summary", "description", "parameters", "servers"];

interface DeclaredMethod {
  readonly method: Method;
  readonly key: string;
}

/** Returns the methods that a path item declares. Rejects a path item without a method. */
function declaredMethods(source: Source, path: string, item: unknown, problems: Problems): DeclaredMethod[] {
  const at = source.keyAt(["paths", path]);
  if (!isObject(item)) {
    problems.error(
      "invalid-document",
      at,
      `${path}: expected a mapping with operations such as get, found ${kindOf(item)}`,
    );
    return [];
  }
  const keys = Object.keys(item).filter((key) => !isPathItemKey(key));
  if (keys.length === 0)
    problems.error("empty-path", at, `${path} has no operation: add one such as get, or remove the path`);
  return keys.flatMap((key) => {
    const upper = key.toUpperCase();
    if (key === ANY_METHOD) return otherMethods(keys).map((method) => ({ method, key }));
    if (key !== upper.toLowerCase() || !isMethod(upper)) rejectKey(source, path, key, problems);
    return isMethod(upper) ? [{ method: upper, key }] : [];
  });
}

const isPathItemKey = (key: string): boolean =>
  PATH_ITEM_KEYS.includes(key) ||
  (key.startsWith("x-") && !["x-portcullis", ANY_METHOD].includes(key.toLowerCase()));

function otherMethods(keys: readonly string[]): Method[] {
  const declared = new Set(keys.map((key) => key.toUpperCase()));
  return METHODS.filter((method) => method !== "OPTIONS" && !declared.has(method));
}

function rejectKey(source: Source, path: string, key: string, problems: Problems): void {
  const at = source.keyAt(["paths", path, key]);
  if (key === "$ref")
    problems.error(
      "unsupported-ref",
      at,
      "API Gateway does not import a path item by $ref: write its operations here",
    );
  else if (key === "x-portcullis")
    problems.error(
      "misplaced-key",
      at,
      "x-portcullis belongs to the root and to each operation, not to a path: move it",
    );
  else if (key === "trace")
    problems.error("unsupported-method", at, "API Gateway has no TRACE method: remove it");
  else
    problems.error(
      "unknown-key",
      at,
      `unknown key "${key}" in a path${suggestion(key, [...METHODS.map((method) => method.toLowerCase()), ANY_METHOD])}`,
    );
}

/** Returns an operation with an error too, because roles name it: with whatever can be read of it. */
function readOperation(
  source: Source,
  path: string,
  { method, key }: DeclaredMethod,
  root: Root,
  problems: Problems,
): Operation {
  const pointer = ["paths", path, key];
  const read = readSettings(source, pointer, `${method} ${path}`, root, problems);
  const route = makeRoute(method, path, [...new Set(read?.scopes)].sort());
  const bind = rootBinding(route, root);
  const isPublic = read?.public === true;
  const external = read?.auth === undefined ? undefined : readExternal(source, pointer, route.key, problems);
  const isUnbound = read?.bind === "none";
  return {
    route,
    backend: read?.backend ?? "",
    backendPath: read?.path,
    permission: read?.permission ?? stringAt(source, [...pointer, "x-portcullis", "permission"]),
    explicit: read?.explicit === true,
    public: isPublic,
    external,
    jwt: read?.jwt,
    apiKeys: requiredApiKeys(source, pointer),
    bind:
      isPublic || external !== undefined || read?.jwt !== undefined
        ? {}
        : bindTenant(route, isUnbound ? {} : bind, root),
    unbound: isUnbound && Object.keys(bind).length > 0,
    broken: read === undefined,
    pointer,
    at: source.keyAt(pointer),
  };
}

function stringAt(source: Source, path: Path): string | undefined {
  const found = valueAt(source.value, path);
  return typeof found === "string" ? found : undefined;
}

/** Reads an operation's `x-portcullis`. Returns undefined, and reports why, if it has an error. */
function readSettings(
  source: Source,
  operation: Path,
  what: string,
  root: Root,
  problems: Problems,
): OperationSettings | undefined {
  const pointer = [...operation, "x-portcullis"];
  const ours = valueAt(source.value, pointer);
  if (ours === undefined) {
    problems.error(
      "missing-settings",
      source.keyAt(operation),
      `${what} has no x-portcullis: add it with a backend, and with public: true if the route needs no authorizer`,
    );
    return undefined;
  }
  const isExternal = valueAt(source.value, [...pointer, "auth"]) === "external";
  rejectGenerated(source, operation, what, isExternal, problems);
  if (typeof ours === "object" && ours !== null && !("backend" in ours))
    problems.error(
      "missing-settings",
      source.at(pointer),
      `${what} has no backend: add backend: ${[...root.backends.keys()].join(" or ") || "<name>"}`,
    );
  const read = validate(operationSchema, source, problems, pointer);
  if (read !== undefined) checkSettings(read, source, pointer, what, root, problems);
  return read;
}

function checkSettings(
  read: OperationSettings,
  source: Source,
  pointer: Path,
  what: string,
  root: Root,
  problems: Problems,
): void {
  checkJwtSettings(read, source, pointer, what, problems);
  if (read.undecided !== undefined)
    problems.error(
      "undecided-route",
      source.keyAt([...pointer, "undecided"]),
      `${what} is undecided: ${read.undecided}: remove undecided, and write a permission, public: true or auth: external`,
    );
  const { backend } = read;
  if (backend !== undefined && root.readable && !root.backends.has(backend))
    problems.error(
      "unknown-backend",
      source.at([...pointer, "backend"]),
      `${what}: there is no backend "${backend}"${suggestion(backend, root.backends.keys())}`,
    );
  if (read.path !== undefined) checkBackendPath(read.path, source, pointer, what, root, problems);
  const unguarded = read.auth === undefined ? "public" : "left to another authorizer";
  for (const name of ["permission", "scopes", "explicit", "bind", "public"] as const)
    if ((read.auth !== undefined || (read.public === true && name !== "public")) && read[name] !== undefined)
      problems.error(
        "conflicting-settings",
        source.at([...pointer, name]),
        name === "public"
          ? `${what} is left to another authorizer, so it cannot be public: remove auth or public`
          : `${what} is ${unguarded}, so nothing checks its ${name}: remove ${read.auth === undefined ? "public" : "auth"} or ${name}`,
      );
}

/** Rejects a backend's path that nothing would call, or with a parameter that the route does not have. */
function checkBackendPath(
  path: string,
  source: Source,
  pointer: Path,
  what: string,
  root: Root,
  problems: Problems,
): void {
  const at = source.at([...pointer, "path"]);
  const backend = valueAt(source.value, [...pointer, "backend"]);
  if (root.backends.get(String(backend)) === "lambda")
    problems.error(
      "conflicting-settings",
      at,
      `${what}: a Lambda function is called without a path, so path has no effect: remove it, or name a backend of kind http`,
    );
  const known = parameterNames(parseTemplate(String(pointer[1])));
  for (const [, name = ""] of path.matchAll(/\{([^{}]*?)\+?\}/g))
    if (!known.includes(name))
      problems.error(
        "unknown-parameter",
        at,
        `${what}: path has {${name}}, but the route has no such parameter${suggestion(name, known)}`,
      );
}

/** Rejects keys that Portcullis writes itself, because it would overwrite them. */
function rejectGenerated(
  source: Source,
  pointer: Path,
  what: string,
  isExternal: boolean,
  problems: Problems,
): void {
  const generated = {
    ...(!isExternal &&
      !hasOnlyApiKeys(source, pointer) && { security: "Portcullis writes the security of every operation" }),
    "x-amazon-apigateway-integration": "Portcullis writes the integration from the operation's backend",
    "x-amazon-apigateway-auth": "Portcullis writes the authorizer",
  };
  const written = valueAt(source.value, pointer);
  for (const key of Object.keys(isObject(written) ? written : {})) {
    const why = Object.entries(generated).find(([name]) => name === key.toLowerCase())?.[1];
    if (why !== undefined)
      problems.error(
        "unsupported-key",
        source.keyAt([...pointer, key]),
        `${what}: ${key}: ${why}: remove it`,
      );
  }
  if (valueAt(source.value, [...pointer, "$ref"]) !== undefined)
    problems.error(
      "unsupported-ref",
      source.keyAt([...pointer, "$ref"]),
      `${what}: API Gateway does not import an operation by $ref: write it out here`,
    );
}

/** Returns whether an operation's `security` names API keys and nothing else, which Portcullis keeps. */
function hasOnlyApiKeys(source: Source, pointer: Path): boolean {
  const names = schemeNames(valueAt(source.value, [...pointer, "security"]));
  return names.length > 0 && requiredApiKeys(source, pointer).length === names.length;
}

function rootBinding(route: Route, root: Root): Binding {
  const bound = parameterNames(route.segments).flatMap((name) => {
    const from = root.bind.get(name);
    return from === undefined ? [] : [[name, [from]] as const];
  });
  return Object.fromEntries(bound);
}

/** Binds the parameter that names the tenant to the tenant, in addition to its other bindings. */
function bindTenant(route: Route, bind: Binding, { tenantSelector }: Root): Binding {
  if (tenantSelector === null || !("path" in tenantSelector)) return bind;
  const { path } = tenantSelector;
  if (!parameterNames(route.segments).includes(path)) return bind;
  return { ...bind, [path]: [...new Set([...(bind[path] ?? []), "tenant" as const])] };
}

function checkTenantParameter(
  source: Source,
  { tenantSelector }: Root,
  operations: readonly Operation[],
  problems: Problems,
): void {
  if (tenantSelector === null || !("path" in tenantSelector)) return;
  const { path } = tenantSelector;
  const segments = operations.flatMap(({ route }) => route.segments);
  const known = segments.flatMap((segment) => (segment.kind === "parameter" ? [segment.name] : []));
  if (!known.includes(path))
    problems.error(
      "unknown-parameter",
      source.at(["x-portcullis", "tenant", "path"]),
      `tenant: no route has a single-segment parameter {${path}}${suggestion(path, new Set(known))}`,
    );
}

function checkBind(source: Source, root: Root, operations: readonly Operation[], problems: Problems): void {
  const known = new Set(operations.flatMap((operation) => parameterNames(operation.route.segments)));
  for (const name of root.bind.keys())
    if (!known.has(name))
      problems.error(
        "unknown-parameter",
        source.keyAt(["x-portcullis", "bind", name]),
        `bind: no route has a parameter {${name}}${suggestion(name, known)}`,
      );
  for (const operation of operations)
    if (
      !operation.unbound &&
      !operation.broken &&
      valueAt(source.value, [...operation.pointer, "x-portcullis", "bind"]) !== undefined &&
      isGuarded(operation)
    )
      problems.error(
        "conflicting-settings",
        source.keyAt([...operation.pointer, "x-portcullis", "bind"]),
        `${operation.route.key}: bind: none has no effect, because the root's bind names none of its parameters: remove it`,
      );
}
