import { isObject } from "../../model/is-object.ts";
import { parseTemplate } from "../../model/route.ts";
import { ANY_METHOD, type Api, isGuarded, type Operation } from "../model/operation.ts";
import type { Position, Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { valueAt } from "../source/validate.ts";
import { isOurScheme, readExternal } from "./external-auth.ts";

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

const KEYS = ["get", "head", "post", "put", "patch", "delete", "options", ANY_METHOD];

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
    problems.error(source.at(["paths"]), "paths: expected at least one path");
    return [];
  }
  return Object.entries(paths).flatMap(([path, item]) => {
    if (isObject(item) && item["$ref"] !== undefined)
      problems.error(
        source.keyAt(["paths", path, "$ref"]),
        "API Gateway does not import a path item by $ref: write its operations here",
      );
    const keys = isObject(item) ? Object.keys(item).filter((key) => KEYS.includes(key)) : [];
    return keys.map((key) => ({ pointer: ["paths", path, key], path, key }));
  });
}

function groupByKey({ operations }: Api): Map<string, [Operation, ...Operation[]]> {
  const groups = new Map<string, [Operation, ...Operation[]]>();
  for (const operation of operations) {
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
  const same = api.operations.find(({ route }) => route.path === path);
  const renamed = api.operations.find(({ route }) => withoutNames(route.path) === withoutNames(path));
  if (same === undefined && renamed !== undefined) {
    problems.error(
      source.keyAt(["paths", path]),
      `${path} is called ${renamed.route.path} in ${where(renamed.at)}: give the parameters the same names`,
    );
    return;
  }
  const missingAt = same === undefined ? where(api.source.at(["paths"])) : where(same.at);
  problems.error(
    source.keyAt(pointer),
    `${printMethod(key)} ${path} is not in the policy files (${missingAt}): add it there with a permission, public: true or auth: external`,
  );
}

function rejectMissing(
  { source, problems, where }: TeamDocument,
  { at, route, pointer }: Operation,
  declared: readonly Declared[],
): void {
  const same = declared.filter(({ path }) => path === route.path);
  if (same.length === 0 && declared.some(({ path }) => withoutNames(path) === withoutNames(route.path)))
    return;
  const missingAt = same.length === 0 ? ["paths"] : ["paths", route.path];
  const has =
    same.length === 0 ? "" : `, whose path has only ${same.map(({ key }) => printMethod(key)).join(", ")}`;
  problems.error(
    source.keyAt(missingAt),
    `${printMethod(String(pointer.at(-1)))} ${route.path} of ${where(at)} is not in this document${has}: add it here, or remove it there`,
  );
}

/** Returns a path without the names of its parameters. */
const withoutNames = (path: string): string =>
  parseTemplate(path)
    .map((segment) => (segment.kind === "literal" ? segment.text : segment.kind === "greedy" ? "{+}" : "{}"))
    .join("/");

function checkGuard(team: TeamDocument, { pointer, operations: [operation] }: MatchedOperation): void {
  const { source, problems, where } = team;
  const what = `${printMethod(String(pointer.at(-1)))} ${operation.route.path}`;
  const security = valueAt(source.value, [...pointer, "security"]);
  if (operation.external !== undefined) readExternal(source, pointer, what, problems);
  else if (isGuarded(operation) && security !== undefined)
    problems.error(
      source.keyAt([...pointer, "security"]),
      `${what} has security of its own, but Portcullis writes the security of this operation: remove it, or write auth: external in ${where(operation.at)}`,
    );
  else if (operation.public && schemeNames(security).some((name) => isAuthorizer(source, name)))
    problems.error(
      source.keyAt([...pointer, "security"]),
      `${what} is guarded here, but public in ${where(operation.at)}: write auth: external there, or remove the security here`,
    );
  if (isGuarded(operation) && valueAt(source.value, [...pointer, "x-amazon-apigateway-auth"]) !== undefined)
    problems.error(
      source.keyAt([...pointer, "x-amazon-apigateway-auth"]),
      `${what}: x-amazon-apigateway-auth: Portcullis writes the authorizer: remove it`,
    );
  if (isGuarded(operation)) checkAnyMethod(team, pointer, what);
}

/** Rejects a guarded any-method without an `options` next to it: it includes OPTIONS, which no grant can name. */
function checkAnyMethod({ source, problems }: TeamDocument, pointer: Path, what: string): void {
  const [paths = "", path = "", key] = pointer;
  if (key !== ANY_METHOD || valueAt(source.value, [paths, path, "options"]) !== undefined) return;
  problems.error(
    source.keyAt(pointer),
    `${what} includes OPTIONS, but the policy files have no such route: declare options on this path for preflight, or write the methods one by one`,
  );
}

const schemeNames = (security: unknown): string[] =>
  Array.isArray(security) ? security.filter(isObject).flatMap((one) => Object.keys(one)) : [];

function isAuthorizer({ value }: Source, name: string): boolean {
  const scheme = valueAt(value, ["components", "securitySchemes", name]);
  return isOurScheme(name) || (isObject(scheme) && scheme["x-amazon-apigateway-authtype"] !== undefined);
}
