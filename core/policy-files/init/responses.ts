import { isObject } from "../../model/is-object.ts";
import type { Json } from "../openapi/definition-operation.ts";
import { resolveRef } from "../openapi/resolve-ref.ts";

/** OpenAPI requires responses; 200 is the one that API Gateway imports without a warning. */
const NO_RESPONSES: Json = { 200: { description: "OK" } };

/**
 * Returns the statuses of an operation with their descriptions. Leaves out `default` and ranges such as `4XX`, of
 * which API Gateway warns.
 */
export function readResponses(root: Json, operation: Json): Json {
  const { responses } = operation;
  const described = Object.entries(isObject(responses) ? responses : {})
    .filter(([status]) => /^[1-5]\d\d$/.test(status))
    .map(([status, response]) => [status, { description: describe(resolveRef(root, response)) }]);
  return described.length === 0 ? NO_RESPONSES : Object.fromEntries(described);
}

function describe(response: unknown): string {
  const description = isObject(response) ? response["description"] : undefined;
  return typeof description === "string" ? (description.trim().split("\n", 1)[0] ?? "") : "";
}
