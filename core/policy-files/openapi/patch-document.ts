import { type Document, isMap, parseDocument } from "yaml";
import type { LayoutData } from "../../model/layout.ts";
import type { Api } from "../model/operation.ts";
import { isGuarded } from "../model/operation.ts";
import { type Position, type Problem, Problems } from "../source/problem.ts";
import { type Path, parseSource, type Source } from "../source/source.ts";
import { valueAt } from "../source/validate.ts";
import { schemesByRoute, securitySchemes } from "./api-definition.ts";
import { isOurScheme } from "./external-auth.ts";
import { gatewayResponses } from "./gateway-responses.ts";
import { type MatchedOperation, matchOperations } from "./match-operations.ts";

/** A team's own OpenAPI document, and the optional parts to write into it. */
export interface PatchedDocument {
  /** The name for messages. A `.json` file is written as JSON, any other as YAML. */
  readonly file: string;
  readonly text: string;
  readonly gatewayResponses: boolean;
  readonly requestValidators: boolean;
}

/**
 * Writes our security schemes and the security of each guarded operation into a team's own document. Keeps everything
 * else, including comments and order. The result is a template: our placeholders begin with `portcullis_`; the
 * document's own placeholders stay. `where` prints a position in the policy files for messages.
 */
export function patchDocument(
  patched: PatchedDocument,
  api: Api,
  layout: LayoutData,
  where: (at: Position) => string,
): { readonly text: string } | { readonly problems: readonly Problem[] } {
  const problems = new Problems();
  const source = parseSource(patched.file, patched.text, problems);
  if (source === undefined) return { problems: problems.sorted() };
  checkRoot(source, problems);
  const matched = matchOperations({ source, problems, where }, api);
  const guards = findGuards(matched, layout, source, problems);
  const document = parseDocument(patched.text);
  if (problems.list.length === 0) checkWritable(document, matched, source, problems);
  if (problems.list.length > 0) return { problems: problems.sorted() };
  for (const [pointer, scheme] of guards) set(document, [...pointer, "security"], [{ [scheme]: [] }]);
  for (const [name, scheme] of Object.entries(ourPlaceholders(securitySchemes(layout))))
    set(document, ["components", "securitySchemes", name], scheme);
  if (patched.gatewayResponses) addGatewayResponses(document, source);
  if (patched.requestValidators) addRequestValidators(document, source);
  return { text: print(document, patched.file) };
}

function checkRoot(source: Source, problems: Problems): void {
  const version = valueAt(source.value, ["openapi"]);
  if (typeof version !== "string" || !/^3\.0\.\d+$/.test(version))
    problems.error(source.at(["openapi"]), `openapi: expected 3.0.x, found ${String(version ?? "nothing")}`);
  const schemes = valueAt(source.value, ["components", "securitySchemes"]) ?? {};
  for (const name of Object.keys(schemes as object).filter(isOurScheme))
    problems.error(
      source.keyAt(["components", "securitySchemes", name]),
      `the name of the security scheme "${name}" is reserved for Portcullis: use your team's own document, not one that --into wrote`,
    );
}

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
      source.keyAt(pointer),
      `ANY ${operations[0].route.path}: its methods need several authorizers: write the methods one by one, here and in the policy files, or build with --cache route`,
    );
    return [];
  });
}

/** Rejects a YAML alias where Portcullis writes: a change of a shared node would change all of its uses. */
function checkWritable(
  document: Document,
  matched: readonly MatchedOperation[],
  source: Source,
  problems: Problems,
): void {
  const pointers = [
    ["components"],
    ["components", "securitySchemes"],
    ...matched.map(({ pointer }) => pointer),
  ];
  for (const pointer of pointers) {
    const node = document.getIn(pointer, true);
    if (node !== undefined && !isMap(node))
      problems.error(
        source.keyAt(pointer),
        `${String(pointer.at(-1))}: expected a mapping that is written out here, not a YAML alias`,
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
function addGatewayResponses(document: Document, source: Source): void {
  const existing = Object.keys((valueAt(source.value, [RESPONSES]) ?? {}) as object);
  for (const [type, response] of Object.entries(ourPlaceholders(gatewayResponses())))
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
