import type { Api, Operation } from "../model/operation.ts";
import { type Problem, Problems } from "../source/problem.ts";
import type { Path } from "../source/source.ts";
import { valueAt } from "../source/validate.ts";
import { type SchemaReport, toDraft4 } from "./json-schema-4.ts";
import {
  contentTypes,
  findRequestBody,
  modelNames,
  type RequestBody,
  requestModels,
} from "./request-models.ts";

type ApiDocument = Pick<Api, "document" | "source" | "operations">;

/** Rejects request bodies whose schemas API Gateway does not import. */
export function checkBodies(api: ApiDocument, problems: Problems): void {
  const { source } = api;
  readBodies(api, {
    schemas: {
      lost: () => undefined,
      rejected: (at, message) => problems.error("body-schema", source.keyAt(at), message),
    },
    body: () => undefined,
    missing: ({ pointer }, message) =>
      problems.error("body-schema", source.keyAt([...pointer, "requestBody"]), message),
  });
}

/** Returns warnings for the parts of request bodies that API Gateway does not check, even if it checks bodies. */
export function bodyWarnings(api: ApiDocument): Problem[] {
  const problems = new Problems();
  const { source } = api;
  readBodies(api, {
    schemas: {
      lost: (at, message) =>
        problems.warn(
          "unchecked-schema",
          source.keyAt(at),
          `in a request body: ${message}`,
          `body: ${message.split(":", 1).join("")}`,
        ),
      rejected: () => undefined,
    },
    body: (operation, body) => warnOfBody(operation, body, api, problems),
    missing: () => undefined,
  });
  return problems.sorted();
}

function warnOfBody(
  { route }: Operation,
  body: RequestBody,
  { source }: ApiDocument,
  problems: Problems,
): void {
  const { checked, unchecked } = contentTypes(body);
  if (checked.length === 0) return;
  for (const type of unchecked)
    problems.warn(
      "unchecked-body",
      source.keyAt([...body.at, "content", type]),
      `${route.key}: API Gateway checks only JSON bodies that have a schema: a ${type} body, or one of an undeclared type, is not checked`,
    );
  if (!body.required)
    problems.warn(
      "optional-body",
      source.keyAt(body.at),
      `${route.key}: API Gateway has no optional bodies, so it rejects a request without one: write required: true, or let callers send {}`,
    );
}

interface BodyReport {
  readonly schemas: SchemaReport;
  body(operation: Operation, body: RequestBody): void;
  missing(operation: Operation, message: string): void;
}

/** Reads every request body, and once every schema that a body refers to. */
function readBodies({ document, operations }: ApiDocument, report: BodyReport): void {
  const names = modelNames(document);
  const reached = new Set<string>();
  const conversion = {
    report: report.schemas,
    modelName(schema: string): string | undefined {
      if (names.has(schema)) reached.add(schema);
      return names.get(schema);
    },
  };
  for (const operation of operations) {
    const body = findRequestBody(document, valueAt(document, operation.pointer), operation.pointer);
    if (typeof body === "string") report.missing(operation, body);
    else if (body !== undefined) {
      requestModels(body, conversion);
      report.body(operation, body);
    }
  }
  // The loop also visits schemas that are added while it runs, because schemas refer to others.
  for (const schema of reached) {
    const at: Path = ["components", "schemas", schema];
    toDraft4(valueAt(document, at), at, conversion);
  }
}
