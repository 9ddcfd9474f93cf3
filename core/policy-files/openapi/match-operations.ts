import { isObject } from "../../model/is-object.ts";
import { memoize } from "../../model/memoize.ts";
import { parseTemplate } from "../../model/route.ts";
import { ANY_METHOD, type Api, inDocument, isGuarded, type Operation } from "../model/operation.ts";
import type { Position, Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { kindOf, valueAt } from "../source/validate.ts";
import { isApiKeyScheme, isOurScheme, readExternal, schemeNames } from "./external-auth.ts";

/**
 * An operation of the team's own document, with the operations of the policy files that it matches: several for
 * an any-method.
 */
export interface MatchedOperation {
  readonly pointer: Path;
  readonly operations: readonly [Operation, ...Operation[]];
}

interface TeamDocument {
  readonly source: Source;
  readonly problems: Problems;
  /** Prints a position in the policy files for a message. */
  readonly where: (at: Position) => string;
}

/** The keys of a path item that are operations. */
export const KEYS = ["get", "head", "post", "put", "patch", "delete", "options", ANY_METHOD];

/**
 * Matches the operations of a team's document with those of the policy files. Rejects a route that only one of them
 * has, and security of the document's own on a guarded operation. The messages name the positions in both.
 */
export function matchOperations(team: TeamDocument, api: Api): MatchedOperation[] {
  const ours = groupByKey(api);
  const declared = readDeclared(team);
  const matches = declared.flatMap(({ pointer, path, key }): MatchedOperation[] => {
    const operations = ours.get(`${key} ${path}`);
    if (operations !== undefined) return [{ pointer, operations }];
    if (key !== "options") rejectUnknown(team, { pointer, path, key }, api);
    return [];
  });
  const ids = new Set(declared.map(({ key, path }) => `${key} ${path}`));
  for (const [id, [operation]] of ours) if (!ids.has(id)) rejectMissing(team, operation, declared);
  for (const matched of matches) checkGuard(team, matched);
  return matches;
}

interface Declared {
  readonly pointer: Path;
  readonly path: string;
  readonly key: string;
}

function readDeclared({ source, problems }: TeamDocument): Declared[] {
  const paths = valueAt(source.value, ["paths"]);
  if (!isObject(paths)) {
    problems.error("invalid-document", source.at(["paths"]), "paths: expected at least one path");
    return [];
  }
  checkDistinct(Object.keys(paths), source, problems);
  return Object.entries(paths)
    .filter(([path]) => !isExtension(path))
    .flatMap(([path, item]) => readPathItem(path, item, source, problems));
}

const isExtension = (key: string): boolean => key.startsWith("x-") && key.toLowerCase() !== ANY_METHOD;

/** Lists a path item's operations. Rejects what could be an operation but is not read as one. */
function readPathItem(path: string, item: unknown, source: Source, problems: Problems): Declared[] {
  const pointer = ["paths", path];
  if (!path.startsWith("/"))
    problems.error(
      "invalid-path",
      source.keyAt(pointer),
      `unknown key "${path}" in paths: a path must start with /`,
    );
  if (!isObject(item)) {
    problems.error(
      "invalid-document",
      source.keyAt(pointer),
      `${path}: expected a mapping with operations such as get, found ${kindOf(item)}`,
    );
    return [];
  }
  return Object.entries(item).flatMap(([key, operation]): Declared[] => {
    const declared = { pointer: [...pointer, key], path, key };
    if (KEYS.includes(key)) {
      checkOperation(declared, operation, source, problems);
      return [declared];
    }
    if (!PATH_ITEM_KEYS.includes(key) && !isExtension(key))
      problems.error(...whyNoOperation(key, source.keyAt(declared.pointer)));
    return [];
  });
}

const PATH_ITEM_KEYS = ["summary", "description", "parameters", "servers"];

function whyNoOperation(key: string, at: Position): Parameters<Problems["error"]> {
  if (key === "$ref")
    return [
      "unsupported-ref",
      at,
      "API Gateway does not import a path item by $ref: write its operations here",
    ];
  const written = key.toLowerCase();
  if (written === "trace") return ["unsupported-method", at, "API Gateway has no TRACE method: remove it"];
  const meant = KEYS.includes(written) ? `: write ${written}` : suggestion(key, KEYS);
  return ["unknown-key", at, `unknown key "${key}" in a path${meant}`];
}

/** The keys of an operation that decide about its guard; another spelling would escape the checks. */
const OPERATION_KEYS = ["security", "x-amazon-apigateway-auth"];

function checkOperation(
  { pointer, path, key }: Declared,
  operation: unknown,
  source: Source,
  problems: Problems,
): void {
  const what = `${printMethod(key)} ${path}`;
  for (const name of Object.keys(isObject(operation) ? operation : {})) {
    const at = source.keyAt([...pointer, name]);
    if (name === "$ref")
      problems.error(
        "unsupported-ref",
        at,
        `${what}: API Gateway does not import an operation by $ref: write it out here`,
      );
    else if (OPERATION_KEYS.includes(name.toLowerCase()) && !OPERATION_KEYS.includes(name))
      problems.error("unknown-key", at, `${what}: unknown key "${name}": write ${name.toLowerCase()}`);
  }
}

/** Rejects paths that are one resource in API Gateway: they differ only in a slash at the end or in parameter names. */
function checkDistinct(paths: readonly string[], source: Source, problems: Problems): void {
  const first = new Map<string, string>();
  for (const path of paths.filter((path) => path.startsWith("/"))) {
    const resource = withoutNames(path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path);
    const other = first.get(resource);
    if (other === undefined) first.set(resource, path);
    else
      problems.error(
        "duplicate-path",
        source.keyAt(["paths", path]),
        `${path}: API Gateway has one resource for it and for ${other} in line ${source.keyAt(["paths", other]).line}: write the operations of both under one path`,
      );
  }
}

function groupByKey({ operations }: Api): Map<string, [Operation, ...Operation[]]> {
  const groups = new Map<string, [Operation, ...Operation[]]>();
  for (const operation of operations.filter(inDocument)) {
    const id = `${String(operation.pointer.at(-1))} ${operation.route.path}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [operation]);
    else group.push(operation);
  }
  return groups;
}

const printMethod = (key: string): string => (key === ANY_METHOD ? "ANY" : key.toUpperCase());

function rejectUnknown(
  { source, problems, where }: TeamDocument,
  { pointer, path, key }: Declared,
  api: Api,
): void {
  const { byPath, byShape } = indexPaths(api);
  const same = byPath.get(path);
  const renamed = byShape.get(withoutNames(path));
  if (same === undefined && renamed !== undefined) {
    problems.error(
      "route-mismatch",
      source.keyAt(["paths", path]),
      `${path} is called ${renamed.route.path} in ${where(renamed.at)}: give the parameters the same names`,
    );
    return;
  }
  const missingAt = same === undefined ? where(api.source.at(["paths"])) : where(same.at);
  problems.error(
    "route-mismatch",
    source.keyAt(pointer),
    `${printMethod(key)} ${path} is not in the policy files (${missingAt}): add it there with a permission, public: true or auth: external`,
  );
}

function rejectMissing(
  { source, problems, where }: TeamDocument,
  { at, route, pointer }: Operation,
  declared: readonly Declared[],
): void {
  const { byPath, shapes } = indexDeclared(declared);
  const same = byPath.get(route.path) ?? [];
  if (same.length === 0 && shapes.has(withoutNames(route.path))) return;
  const missingAt = same.length === 0 ? ["paths"] : ["paths", route.path];
  const has =
    same.length === 0 ? "" : `, whose path has only ${same.map(({ key }) => printMethod(key)).join(", ")}`;
  problems.error(
    "route-mismatch",
    source.keyAt(missingAt),
    `${printMethod(String(pointer.at(-1)))} ${route.path} of ${where(at)} is not in this document${has}: add it here, or remove it there`,
  );
}

const indexDeclared = memoize((declared: readonly Declared[]) => {
  const byPath = new Map<string, Declared[]>();
  for (const one of declared) {
    const same = byPath.get(one.path) ?? [];
    same.push(one);
    byPath.set(one.path, same);
  }
  return { byPath, shapes: new Set([...byPath.keys()].map(withoutNames)) };
});

/** Returns the first operation of each path, by the path and by the path without the names of its parameters. */
const indexPaths = memoize(({ operations }: Api) => ({
  byPath: new Map(operations.toReversed().map((operation) => [operation.route.path, operation])),
  byShape: new Map(
    operations.toReversed().map((operation) => [withoutNames(operation.route.path), operation]),
  ),
}));

/** Returns a path without the names of its parameters. */
const withoutNames = (path: string): string =>
  parseTemplate(path)
    .map((segment) => (segment.kind === "literal" ? segment.text : segment.kind === "greedy" ? "{+}" : "{}"))
    .join("/");

function checkGuard(team: TeamDocument, matched: MatchedOperation): void {
  const { source, problems, where } = team;
  const { pointer, operations } = matched;
  const [operation] = operations;
  const what = `${printMethod(String(pointer.at(-1)))} ${operation.route.path}`;
  const own = valueAt(source.value, [...pointer, "security"]);
  const security = effectiveSecurity(source, pointer);
  const at = source.keyAt(own === undefined ? ["security"] : [...pointer, "security"]);
  if (operation.external !== undefined) readExternal(source, pointer, what, problems);
  else if (operation.public && schemeNames(security).some((name) => isAuthorizer(source, name)))
    problems.error(
      "guard-mismatch",
      at,
      `${what} is guarded here, but public in ${where(operation.at)}: write auth: external there, or ${own === undefined ? "security: [] on the operation" : "remove the security"} here`,
    );
  if (!isGuarded(operation)) return;
  if (own !== undefined) checkReplaced(team, matched, what);
  checkScopes(team, matched, what);
  if (valueAt(source.value, [...pointer, "x-amazon-apigateway-auth"]) !== undefined)
    problems.error(
      "unsupported-key",
      source.keyAt([...pointer, "x-amazon-apigateway-auth"]),
      `${what}: x-amazon-apigateway-auth: Portcullis writes the authorizer: remove it`,
    );
}

/** Returns an operation's own security, else the root's, which an import applies to it. */
const effectiveSecurity = ({ value }: Source, operation: Path): unknown =>
  valueAt(value, [...operation, "security"]) ?? valueAt(value, ["security"]);

/** Returns the API keys that an operation requires next to its authorizer, or without one. */
export const keptApiKeys = (source: Source, operation: Path): string[] =>
  schemeNames(effectiveSecurity(source, operation)).filter((name) =>
    isApiKeyScheme(valueAt(source.value, ["components", "securitySchemes", name])),
  );

/**
 * Rejects security of a guarded operation that would be lost when Portcullis' authorizer takes its place. API keys are
 * kept, and tokens are verified by Portcullis with the scopes of the policy files.
 */
function checkReplaced(
  { source, problems, where }: TeamDocument,
  { pointer, operations: [operation] }: MatchedOperation,
  what: string,
): void {
  const security = valueAt(source.value, [...pointer, "security"]);
  const requirements = Array.isArray(security) ? security.filter(isObject) : [];
  const kept = keptApiKeys(source, pointer);
  const others = schemeNames(security).filter((name) => !kept.includes(name));
  const isOptional = requirements.length === 0 || requirements.some((one) => Object.keys(one).length === 0);
  if (isOptional || others.some((name) => !isToken(source, name)))
    problems.error(
      "guard-mismatch",
      source.keyAt([...pointer, "security"]),
      `${what} has security of its own, but Portcullis writes the security of this operation: remove it, or write auth: external in ${where(operation.at)}`,
    );
}

/** Rejects scopes of the document, or of its root, that the policy files do not require. */
function checkScopes(
  { source, problems, where }: TeamDocument,
  { pointer, operations: [operation] }: MatchedOperation,
  what: string,
): void {
  const own = valueAt(source.value, [...pointer, "security"]);
  const security = effectiveSecurity(source, pointer);
  const tokens = schemeNames(security).filter((name) => isToken(source, name));
  const requirements = Array.isArray(security) ? security.filter(isObject) : [];
  const scopes = requirements.map((one) => tokens.flatMap((name) => strings(one[name])));
  const isRequired = (all: readonly string[]): boolean =>
    all.every((scope) => operation.route.scopes.includes(scope));
  if (tokens.length > 0 && !scopes.some(isRequired))
    problems.error(
      "guard-mismatch",
      source.keyAt(own === undefined ? ["security"] : [...pointer, "security"]),
      `${what} needs the scopes ${scopes.map((all) => all.join(" ")).join(", or ")} here, but not in ${where(operation.at)}: write scopes: [${scopes[0]?.join(", ")}] there, or remove the security here`,
    );
}

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** Returns whether a scheme describes tokens for people who read the document; API Gateway imports no such scheme. */
function isToken({ value }: Source, name: string): boolean {
  const scheme = valueAt(value, ["components", "securitySchemes", name]);
  if (!isObject(scheme) || isOurScheme(name)) return false;
  const isKnown = ["oauth2", "openIdConnect", "http"].includes(String(scheme["type"]));
  return (
    isKnown &&
    scheme["x-amazon-apigateway-authtype"] === undefined &&
    scheme["x-amazon-apigateway-authorizer"] === undefined
  );
}

function isAuthorizer({ value }: Source, name: string): boolean {
  const scheme = valueAt(value, ["components", "securitySchemes", name]);
  return isOurScheme(name) || (isObject(scheme) && scheme["x-amazon-apigateway-authtype"] !== undefined);
}
