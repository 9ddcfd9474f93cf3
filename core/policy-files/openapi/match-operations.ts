import { isObject } from "../../model/is-object.ts";
import { parseTemplate } from "../../model/route.ts";
import { ANY_METHOD, type Api, isGuarded, type Operation } from "../model/operation.ts";
import type { Position, Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { valueAt } from "../source/validate.ts";
import { isOurScheme, readExternal } from "./external-auth.ts";

/** An operation of somebody's own document, with those of the policy files that it stands for: several, of an any-method. */
export interface Matched {
  readonly pointer: Path;
  readonly operations: readonly [Operation, ...Operation[]];
}

interface Theirs {
  readonly source: Source;
  readonly problems: Problems;
  /** A place in the policy files, as a message names it. */
  readonly where: (at: Position) => string;
}

const KEYS = ["get", "head", "post", "put", "patch", "delete", "options", ANY_METHOD];

/**
 * Matches a document's operations with those of the policy files. A route in one and not in the other, and a guard
 * of the document's own where Portcullis is to write one, are problems that name the places in both.
 */
export function matchOperations(theirs: Theirs, api: Api): Matched[] {
  const ours = byPointer(api);
  const declared = declaredIn(theirs);
  const found = declared.flatMap(({ pointer, path, key }): Matched[] => {
    const operations = ours.get(`${key} ${path}`);
    if (operations !== undefined) return [{ pointer, operations }];
    if (key !== "options") tellUnknown(theirs, { pointer, path, key }, api);
    return [];
  });
  const known = new Set(declared.map(({ key, path }) => `${key} ${path}`));
  for (const [id, [operation]] of ours) if (!known.has(id)) tellMissing(theirs, operation, declared);
  for (const matched of found) checkGuard(theirs, matched);
  return found;
}

interface Declared {
  readonly pointer: Path;
  readonly path: string;
  readonly key: string;
}

function declaredIn({ source, problems }: Theirs): Declared[] {
  const paths = valueAt(source.value, ["paths"]);
  if (!isObject(paths)) {
    problems.error(source.at(["paths"]), "paths: expected at least one path");
    return [];
  }
  return Object.entries(paths).flatMap(([path, item]) => {
    if (isObject(item) && item["$ref"] !== undefined)
      problems.error(source.keyAt(["paths", path, "$ref"]), "API Gateway does not import a path by $ref");
    const keys = isObject(item) ? Object.keys(item).filter((key) => KEYS.includes(key)) : [];
    return keys.map((key) => ({ pointer: ["paths", path, key], path, key }));
  });
}

function byPointer({ operations }: Api): Map<string, [Operation, ...Operation[]]> {
  const found = new Map<string, [Operation, ...Operation[]]>();
  for (const operation of operations) {
    const id = `${String(operation.pointer.at(-1))} ${operation.route.path}`;
    const known = found.get(id);
    if (known === undefined) found.set(id, [operation]);
    else known.push(operation);
  }
  return found;
}

const methodOf = (key: string): string => (key === ANY_METHOD ? "ANY" : key.toUpperCase());

function tellUnknown({ source, problems, where }: Theirs, { pointer, path, key }: Declared, api: Api): void {
  const same = api.operations.find(({ route }) => route.path === path);
  const renamed = api.operations.find(({ route }) => shapeOf(route.path) === shapeOf(path));
  if (same === undefined && renamed !== undefined) {
    problems.error(
      source.keyAt(["paths", path]),
      `${path} is ${renamed.route.path} in ${where(renamed.at)}: give the parameters the same names`,
    );
    return;
  }
  const beside = same === undefined ? where(api.source.at(["paths"])) : where(same.at);
  problems.error(
    source.keyAt(pointer),
    `${methodOf(key)} ${path} is not in the policy files (${beside}): add it there with a permission, or as public: true or auth: external`,
  );
}

function tellMissing(
  { source, problems, where }: Theirs,
  { at, route, pointer }: Operation,
  declared: readonly Declared[],
): void {
  const same = declared.filter(({ path }) => path === route.path);
  if (same.length === 0 && declared.some(({ path }) => shapeOf(path) === shapeOf(route.path))) return;
  const place = same.length === 0 ? ["paths"] : ["paths", route.path];
  const has = same.length === 0 ? "" : `; this path has ${same.map(({ key }) => methodOf(key)).join(", ")}`;
  problems.error(
    source.keyAt(place),
    `${methodOf(String(pointer.at(-1)))} ${route.path} of ${where(at)} is not in this document${has}`,
  );
}

/** A path but for its parameters' names. */
const shapeOf = (path: string): string =>
  parseTemplate(path)
    .map((segment) => (segment.kind === "literal" ? segment.text : segment.kind === "greedy" ? "{+}" : "{}"))
    .join("/");

function checkGuard(theirs: Theirs, { pointer, operations: [operation] }: Matched): void {
  const { source, problems, where } = theirs;
  const what = `${methodOf(String(pointer.at(-1)))} ${operation.route.path}`;
  const security = valueAt(source.value, [...pointer, "security"]);
  if (operation.external !== undefined) readExternal(source, pointer, what, problems);
  else if (isGuarded(operation) && security !== undefined)
    problems.error(
      source.keyAt([...pointer, "security"]),
      `${what} has security of its own, where Portcullis writes its own: remove it, or say auth: external in ${where(operation.at)}`,
    );
  else if (operation.public && namesOf(security).some((name) => isAuthorizer(source, name)))
    problems.error(
      source.keyAt([...pointer, "security"]),
      `${what} is guarded here and public in ${where(operation.at)}: say auth: external there, or remove the security`,
    );
  if (isGuarded(operation) && valueAt(source.value, [...pointer, "x-amazon-apigateway-auth"]) !== undefined)
    problems.error(
      source.keyAt([...pointer, "x-amazon-apigateway-auth"]),
      `${what}: remove x-amazon-apigateway-auth: Portcullis writes the authorizer`,
    );
  if (isGuarded(operation)) checkAnyMethod(theirs, pointer, what);
}

/** An any-method takes OPTIONS too, for which no route stands and no caller has a grant. */
function checkAnyMethod({ source, problems }: Theirs, pointer: Path, what: string): void {
  const [paths = "", path = "", key] = pointer;
  if (key !== ANY_METHOD || valueAt(source.value, [paths, path, "options"]) !== undefined) return;
  problems.error(
    source.keyAt(pointer),
    `${what} takes OPTIONS too, which no route of the policy files is: declare options on this path, for preflight, or write the methods one by one`,
  );
}

const namesOf = (security: unknown): string[] =>
  Array.isArray(security) ? security.filter(isObject).flatMap((one) => Object.keys(one)) : [];

function isAuthorizer({ value }: Source, name: string): boolean {
  const scheme = valueAt(value, ["components", "securitySchemes", name]);
  return isOurScheme(name) || (isObject(scheme) && scheme["x-amazon-apigateway-authtype"] !== undefined);
}
