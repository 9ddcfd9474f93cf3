import { isObject } from "../../model/is-object.ts";
import { parameterNames } from "../../model/route.ts";
import { type Api, inDocument, type Operation } from "../model/operation.ts";
import type { RuleId } from "../rules/rules.ts";
import { type Problem, Problems } from "../source/problem.ts";
import { valueAt } from "../source/validate.ts";
import { BINARY_KEY, undeclaredBytes } from "./binary-media-types.ts";

type ApiDocument = Pick<Api, "document" | "source" | "operations">;

/**
 * Returns a warning for each operation that lacks what OpenAPI 3.0 requires: `responses`, and the declaration of each
 * path parameter. API Gateway needs neither, but tools that read the document do, such as generators of clients. Also
 * warns of bytes whose media type is not declared.
 */
export function documentWarnings(api: ApiDocument): Problem[] {
  const problems = new Problems();
  const those = (lacks: (operation: Operation) => boolean) => api.operations.filter(inDocument).filter(lacks);
  const warn = (rule: RuleId, found: readonly Operation[], what: string, fix: string): void => {
    for (const { at, route } of found) problems.warn(rule, at, `${route.key}: ${what}: ${fix}`);
  };
  warn(
    "missing-responses",
    those(({ pointer }) => !isObject(valueAt(api.document, [...pointer, "responses"]))),
    "no responses, which OpenAPI 3.0 requires",
    'add them, as in responses: { "200": { description: OK } }, so that clients can be generated',
  );
  warn(
    "undeclared-parameter",
    those((operation) => undeclaredParameters(api, operation).length > 0),
    "path parameters that are not declared, which OpenAPI 3.0 requires",
    "add them to parameters, as in { name: id, in: path, required: true, schema: { type: string } }",
  );
  const bytes = new Set(undeclaredBytes(api.document).map((at) => JSON.stringify(at)));
  warn(
    "undeclared-binary",
    those(({ pointer }) => bytes.has(JSON.stringify(pointer.slice(1)))),
    "bytes of any content type, which a REST API decodes as text",
    `write their media types, or list those of the whole API in ${BINARY_KEY}`,
  );
  return problems.sorted();
}

function undeclaredParameters({ document }: ApiDocument, { pointer, route }: Operation): string[] {
  const lists = [pointer.slice(0, 2), pointer].map((at) => valueAt(document, [...at, "parameters"]));
  const declared = lists
    .flatMap((list): unknown[] => (Array.isArray(list) ? list : []))
    .map((parameter) => resolveParameter(document, parameter))
    .flatMap((parameter) => (isObject(parameter) && parameter["in"] === "path" ? [parameter["name"]] : []));
  return parameterNames(route.segments).filter(
    (name) => !declared.includes(name) && !declared.includes(`${name}+`),
  );
}

function resolveParameter(document: ApiDocument["document"], parameter: unknown): unknown {
  const name = isObject(parameter)
    ? /^#\/components\/parameters\/([^/]+)$/.exec(String(parameter["$ref"]))?.[1]
    : undefined;
  return name === undefined ? parameter : valueAt(document, ["components", "parameters", name]);
}
