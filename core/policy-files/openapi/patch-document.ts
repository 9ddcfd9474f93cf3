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
import { type Matched, matchOperations } from "./match-operations.ts";

/** Somebody's own OpenAPI document, and what of ours is to be written into it beside the guards. */
export interface PatchedDocument {
  /** As messages name it; `.json` is written as JSON, anything else as YAML. */
  readonly file: string;
  readonly text: string;
  readonly gatewayResponses: boolean;
  readonly requestValidators: boolean;
}

/**
 * Writes our security schemes and the security of each guarded operation into a document that somebody else owns,
 * and leaves all else as it is, comments and order included. The result is a template: our placeholders begin
 * with `portcullis_`; the document's own stay. `where` names a place of the policy files.
 */
export function patchDocument(
  into: PatchedDocument,
  api: Api,
  layout: LayoutData,
  where: (at: Position) => string,
): { readonly text: string } | { readonly problems: readonly Problem[] } {
  const problems = new Problems();
  const source = parseSource(into.file, into.text, problems);
  if (source === undefined) return { problems: problems.sorted() };
  checkRoot(source, problems);
  const matched = matchOperations({ source, problems, where }, api);
  const guards = guardsOf(matched, layout, source, problems);
  const document = parseDocument(into.text);
  if (problems.list.length === 0) checkWritable(document, matched, source, problems);
  if (problems.list.length > 0) return { problems: problems.sorted() };
  for (const [pointer, scheme] of guards) set(document, [...pointer, "security"], [{ [scheme]: [] }]);
  for (const [name, scheme] of Object.entries(ourPlaceholders(securitySchemes(layout))))
    set(document, ["components", "securitySchemes", name], scheme);
  if (into.gatewayResponses) addGatewayResponses(document, source);
  if (into.requestValidators) addRequestValidators(document, source);
  return { text: print(document, into.file) };
}

function checkRoot(source: Source, problems: Problems): void {
  const version = valueAt(source.value, ["openapi"]);
  if (typeof version !== "string" || !/^3\.0\.\d+$/.test(version))
    problems.error(source.at(["openapi"]), `openapi: expected 3.0.x, found ${String(version ?? "nothing")}`);
  const schemes = valueAt(source.value, ["components", "securitySchemes"]) ?? {};
  for (const name of Object.keys(schemes as object).filter(isOurScheme))
    problems.error(
      source.keyAt(["components", "securitySchemes", name]),
      `the security scheme "${name}" has a name of Portcullis' own: name the document that your team keeps, not one that was written by --into`,
    );
}

type Guard = readonly [pointer: Path, scheme: string];

/** The scheme of each guarded operation; an any-method has one, so its methods must be of one group. */
function guardsOf(
  matched: readonly Matched[],
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
      `ANY ${operations[0].route.path}: its methods need several authorizers: write them one by one, here and in the policy files, or build with --cache route`,
    );
    return [];
  });
}

/** A node that YAML shares by an alias would be changed wherever it stands. */
function checkWritable(
  document: Document,
  matched: readonly Matched[],
  source: Source,
  problems: Problems,
): void {
  const shared = [
    ["components"],
    ["components", "securitySchemes"],
    ...matched.map(({ pointer }) => pointer),
  ];
  for (const pointer of shared) {
    const node = document.getIn(pointer, true);
    if (node !== undefined && !isMap(node))
      problems.error(
        source.keyAt(pointer),
        `${String(pointer.at(-1))}: expected a mapping that is written out here`,
      );
  }
}

function set(document: Document, path: readonly unknown[], value: unknown): void {
  document.setIn(path, document.createNode(value));
}

/** `${authorizer_uri}` is `${portcullis_authorizer_uri}` in a template that is somebody else's. */
const ourPlaceholders = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replaceAll("${", "${portcullis_")) as T;

const RESPONSES = "x-amazon-apigateway-gateway-responses";
const VALIDATORS = "x-amazon-apigateway-request-validators";
const VALIDATOR = "x-amazon-apigateway-request-validator";

/** Those of the document stay. */
function addGatewayResponses(document: Document, source: Source): void {
  const known = Object.keys((valueAt(source.value, [RESPONSES]) ?? {}) as object);
  for (const [type, response] of Object.entries(ourPlaceholders(gatewayResponses())))
    if (!known.includes(type)) set(document, [RESPONSES, type], response);
}

function addRequestValidators(document: Document, source: Source): void {
  if (valueAt(source.value, [VALIDATOR]) !== undefined) return;
  const settings = { validateRequestParameters: true, validateRequestBody: false };
  set(document, [VALIDATORS, "portcullis_parameters"], settings);
  set(document, [VALIDATOR], "portcullis_parameters");
}

/** The TTL is a number once it is filled in. `${stageVariables.…}` is API Gateway's own and no placeholder of a template. */
function print(document: Document, file: string): string {
  const text = file.endsWith(".json")
    ? `${JSON.stringify(document.toJS(), null, 2)}\n`
    : document.toString({ lineWidth: 0 });
  return text
    .replaceAll(/"(\$\{portcullis_authorizer_ttl\})"/g, "$1")
    .replaceAll(/(?<!\$)\$\{stageVariables\./g, "$$$${stageVariables.");
}
