import { type Document, isAlias, isMap, parseDocument } from "yaml";
import { isObject } from "../../model/is-object.ts";
import type { LayoutData } from "../../model/layout.ts";
import type { Api } from "../model/operation.ts";
import { ANY_METHOD, isGuarded } from "../model/operation.ts";
import { expandMergeKeys } from "../source/merge-keys.ts";
import { type Position, type Problem, Problems } from "../source/problem.ts";
import { type Path, parseSource, type Source } from "../source/source.ts";
import { valueAt } from "../source/validate.ts";
import { schemesByRoute, securitySchemes } from "./api-definition.ts";
import { isOurScheme } from "./external-auth.ts";
import { gatewayResponses } from "./gateway-responses.ts";
import { KEYS, keptApiKeys, type MatchedOperation, matchOperations } from "./match-operations.ts";
import { mockOptions } from "./preflight.ts";
import { checkResourcePolicy } from "./resource-policy.ts";

/** A team's own OpenAPI document, and the optional parts to write into it. */
export interface PatchedDocument {
  /** The name for messages. A `.json` file is written as JSON, any other as YAML. */
  readonly file: string;
  readonly text: string;
  /** The text's content, with positions in other files; absent: those in the text. */
  readonly source?: Source | undefined;
  readonly gatewayResponses: boolean;
  readonly requestValidators: boolean;
}

/**
 * Writes our security schemes and the security of each guarded operation into a team's own document. Keeps everything
 * else, including comments and order, but expands YAML merge keys, because API Gateway may not read the operations and
 * the security that they merge. The result is a template: our placeholders begin with `portcullis_`; the
 * document's own placeholders stay. `where` prints a position in the policy files for messages.
 */
export function patchDocument(
  patched: PatchedDocument,
  api: Api,
  layout: LayoutData,
  where: (at: Position) => string,
): { readonly text: string } | { readonly problems: readonly Problem[] } {
  const problems = new Problems();
  const source = patched.source ?? parseSource(patched.file, patched.text, problems, { mergeKeys: true });
  if (source === undefined) return { problems: problems.sorted() };
  checkRoot(source, problems);
  const matched = matchOperations({ source, problems, where }, api);
  const guarded = matched.flatMap(({ operations }) => operations.filter(isGuarded));
  checkResourcePolicy(
    source,
    guarded.map(({ route }) => route),
    problems,
  );
  const guards = findGuards(matched, layout, source, problems);
  const document = parseDocument(patched.text);
  if (!patched.file.endsWith(".json")) expandMergeKeys(document);
  if (problems.list.length === 0) checkWritable(document, matched, source, problems);
  if (problems.list.length > 0) return { problems: problems.sorted() };
  for (const [pointer, scheme] of guards)
    set(document, [...pointer, "security"], [scheme, ...keptApiKeys(source, pointer)].map(requirement));
  for (const [pointer] of guards) closeOptions(document, source, pointer);
  openExplicitly(document, source);
  for (const [name, scheme] of Object.entries(ourPlaceholders(securitySchemes(layout))))
    set(document, ["components", "securitySchemes", name], scheme);
  if (patched.gatewayResponses) addGatewayResponses(document, source, api);
  if (patched.requestValidators) addRequestValidators(document, source);
  return { text: print(document, patched.file) };
}

function checkRoot(source: Source, problems: Problems): void {
  const version = valueAt(source.value, ["openapi"]);
  if (typeof version !== "string" || !/^3\.0\.\d+$/.test(version))
    problems.error(
      "openapi-version",
      source.at(["openapi"]),
      `openapi: expected 3.0.x, found ${String(version ?? "nothing")}`,
    );
  for (const key of Object.keys(isObject(source.value) ? source.value : {}))
    if (ROOT_KEYS.includes(key.toLowerCase()) && !ROOT_KEYS.includes(key))
      problems.error("unknown-key", source.keyAt([key]), `unknown key "${key}": write ${key.toLowerCase()}`);
  const schemes = valueAt(source.value, ["components", "securitySchemes"]) ?? {};
  for (const name of Object.keys(schemes as object).filter(isOurScheme))
    problems.error(
      "reserved-scheme",
      source.keyAt(["components", "securitySchemes", name]),
      `the name of the security scheme "${name}" is reserved for Portcullis: use your team's own document, not one that --into wrote`,
    );
}

/** The root's keys that decide about access; another spelling would escape the checks. */
const ROOT_KEYS = ["paths", "components", "security", "x-amazon-apigateway-policy"];

const requirement = (scheme: string): Readonly<Record<string, readonly string[]>> => ({ [scheme]: [] });

type Guard = readonly [pointer: Path, scheme: string];

/**
 * Returns the scheme of each guarded operation. Rejects an any-method whose methods are in several groups,
 * because it has one scheme.
 */
function findGuards(
  matched: readonly MatchedOperation[],
  layout: LayoutData,
  source: Source,
  problems: Problems,
): Guard[] {
  const schemeOf = schemesByRoute(layout);
  return matched.flatMap(({ pointer, operations }): Guard[] => {
    if (!isGuarded(operations[0])) return [];
    const schemes = new Set(operations.map(({ route }) => schemeOf.get(route.key) ?? ""));
    const [scheme = ""] = schemes;
    if (schemes.size === 1 && scheme !== "") return [[pointer, scheme]];
    problems.error(
      "split-any-method",
      source.keyAt(pointer),
      `ANY ${operations[0].route.path}: its methods need several authorizers: write the methods one by one, here and in the policy files, or build with --cache route`,
    );
    return [];
  });
}

/**
 * Writes an `options` without an authorizer next to a guarded any-method, which would include OPTIONS: no role can grant
 * it, and browsers send preflight requests without a token. It calls nothing.
 */
function closeOptions(document: Document, source: Source, [paths, path, key]: Path): void {
  if (key !== ANY_METHOD || valueAt(source.value, [paths ?? "", path ?? "", "options"]) !== undefined) return;
  set(document, [paths, path, "options"], mockOptions(String(path)));
}

/**
 * Writes a security into each operation without any: empty, or the root's API keys, because an import may apply the
 * root's security to it. An alias of such an operation becomes a copy, because its anchor may have other uses.
 */
function openExplicitly(document: Document, source: Source): void {
  const { value } = source;
  const keysOf = (pointer: Path) =>
    pointer.at(-1) === "options" ? [] : keptApiKeys(source, pointer).map(requirement);
  const pointers = Object.entries((valueAt(value, ["paths"]) ?? {}) as object)
    .filter(([path]) => path.startsWith("/"))
    .flatMap(([path, item]) => Object.keys(item as object).map((key): Path => ["paths", path, key]))
    .filter((pointer) => KEYS.includes(String(pointer.at(-1))));
  const isAliased = (pointer: Path): boolean => isAlias(document.getIn(pointer, true));
  for (const pointer of pointers.filter((pointer) => !isAliased(pointer)))
    if (!document.hasIn([...pointer, "security"])) set(document, [...pointer, "security"], keysOf(pointer));
  const aliased = pointers.filter(isAliased);
  const written: unknown = aliased.length === 0 ? undefined : document.toJS();
  for (const pointer of aliased)
    if (valueAt(written, [...pointer, "security"]) === undefined)
      set(document, pointer, { ...(valueAt(written, pointer) as object), security: keysOf(pointer) });
}

/** Rejects a YAML alias where Portcullis writes: a change of a shared node would change all of its uses. */
function checkWritable(
  document: Document,
  matched: readonly MatchedOperation[],
  source: Source,
  problems: Problems,
): void {
  const written = [["components", "securitySchemes"], ...matched.map(({ pointer }) => pointer)];
  const pointers = written.flatMap((pointer) => pointer.map((_, index) => pointer.slice(0, index + 1)));
  const reported = new Set<string>();
  for (const pointer of pointers) {
    const id = JSON.stringify(pointer);
    const parent = pointer.length === 1 ? document.contents : document.getIn(pointer.slice(0, -1), true);
    const node = isMap(parent) ? parent.get(pointer.at(-1), true) : undefined;
    if (node === undefined || isMap(node) || reported.has(id)) continue;
    reported.add(id);
    const what = isAlias(node) ? "not a YAML alias" : "not another value";
    problems.error(
      "shared-node",
      source.keyAt(pointer),
      `${String(pointer.at(-1))}: expected a mapping that is written out here, ${what}`,
    );
  }
}

function set(document: Document, path: readonly unknown[], value: unknown): void {
  document.setIn(path, document.createNode(value));
}

/**
 * Renames our placeholders for a template of the team's own: `${authorizer_uri}` becomes
 * `${portcullis_authorizer_uri}`.
 */
const ourPlaceholders = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replaceAll("${", "${portcullis_")) as T;

const RESPONSES = "x-amazon-apigateway-gateway-responses";
const VALIDATORS = "x-amazon-apigateway-request-validators";
const VALIDATOR = "x-amazon-apigateway-request-validator";

/** Adds our gateway responses. Keeps those that the document has. */
function addGatewayResponses(document: Document, source: Source, { tenantSelector }: Api): void {
  const existing = Object.keys((valueAt(source.value, [RESPONSES]) ?? {}) as object);
  for (const [type, response] of Object.entries(ourPlaceholders(gatewayResponses(tenantSelector))))
    if (!existing.includes(type)) set(document, [RESPONSES, type], response);
}

function addRequestValidators(document: Document, source: Source): void {
  if (valueAt(source.value, [VALIDATOR]) !== undefined) return;
  const settings = { validateRequestParameters: true, validateRequestBody: false };
  set(document, [VALIDATORS, "portcullis_parameters"], settings);
  set(document, [VALIDATOR], "portcullis_parameters");
}

/**
 * Prints the template. Removes the quotes around the TTL, which is a number, and escapes `${stageVariables.…}`,
 * which belongs to API Gateway.
 */
function print(document: Document, file: string): string {
  const text = file.endsWith(".json")
    ? `${JSON.stringify(document.toJS(), null, 2)}\n`
    : document.toString({ lineWidth: 0 });
  return text
    .replaceAll(/"(\$\{portcullis_authorizer_ttl\})"/g, "$1")
    .replaceAll(/(?<!\$)\$\{stageVariables\./g, "$$$${stageVariables.");
}
