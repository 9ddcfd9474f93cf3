import type { Api, Operation } from "../model/operation.ts";
import { type Problem, Problems } from "../source/problem.ts";
import type { Path } from "../source/source.ts";
import { valueAt } from "../source/validate.ts";
import { type SchemaTeller, toDraft4 } from "./json-schema-4.ts";
import {
  contentTypes,
  modelNames,
  type RequestBody,
  requestBodyOf,
  requestModels,
} from "./request-models.ts";

type Checked = Pick<Api, "document" | "source" | "operations">;

/** Tells the bodies whose schemas API Gateway does not import. */
export function checkBodies(api: Checked, problems: Problems): void {
  const { source } = api;
  readBodies(api, {
    schemas: { lost: () => undefined, refused: (at, message) => problems.error(source.keyAt(at), message) },
    body: () => undefined,
    missing: ({ pointer }, message) => problems.error(source.keyAt([...pointer, "requestBody"]), message),
  });
}

/** What bodies say and API Gateway does not check, where it checks bodies at all. */
export function bodyWarnings(api: Checked): Problem[] {
  const problems = new Problems();
  const { source } = api;
  readBodies(api, {
    schemas: {
      lost: (at, message) => problems.warn(source.keyAt(at), `in a request's body: ${message}`),
      refused: () => undefined,
    },
    body: (operation, body) => warnOfBody(operation, body, api, problems),
    missing: () => undefined,
  });
  return problems.sorted();
}

function warnOfBody({ route }: Operation, body: RequestBody, { source }: Checked, problems: Problems): void {
  const { checked, unread } = contentTypes(body);
  for (const type of unread)
    problems.warn(
      source.keyAt([...body.at, "content", type]),
      `${route.key}: API Gateway checks bodies of JSON with a schema alone: ${type}${checked.length > 0 ? ", and whatever else is not declared," : ""} passes unread`,
    );
  if (checked.length > 0 && !body.required)
    problems.warn(
      source.keyAt(body.at),
      `${route.key}: API Gateway knows no optional body, so one that is left out may be refused: write required: true, or have callers send {}`,
    );
}

interface BodyTeller {
  readonly schemas: SchemaTeller;
  body(operation: Operation, body: RequestBody): void;
  missing(operation: Operation, message: string): void;
}

/** Reads every body, and every schema that a body reaches, once. */
function readBodies({ document, operations }: Checked, tell: BodyTeller): void {
  const names = modelNames(document);
  const reached = new Set<string>();
  const conversion = {
    tell: tell.schemas,
    modelName(schema: string): string | undefined {
      if (names.has(schema)) reached.add(schema);
      return names.get(schema);
    },
  };
  for (const operation of operations) {
    const body = requestBodyOf(document, valueAt(document, operation.pointer), operation.pointer);
    if (typeof body === "string") tell.missing(operation, body);
    else if (body !== undefined) {
      requestModels(body, conversion);
      tell.body(operation, body);
    }
  }
  // A set goes on while it grows: schemas reach others.
  for (const schema of reached) {
    const at: Path = ["components", "schemas", schema];
    toDraft4(valueAt(document, at), at, conversion);
  }
}
