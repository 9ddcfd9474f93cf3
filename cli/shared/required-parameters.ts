import type { RouteKey } from "../../core/model/ids.ts";
import { isObject } from "../../core/model/is-object.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { resolveRef } from "../../core/policy-files/openapi/resolve-ref.ts";
import { valueAt } from "../../core/policy-files/source/validate.ts";

/** The names of the parameters without which API Gateway responds with 400, before the request is decided. */
export interface RequiredParameters {
  readonly query: readonly string[];
  readonly header: readonly string[];
}

/** Returns the query parameters and headers that a route requires. */
export function requiredParameters({ api }: Pick<PolicySet, "api">, route: RouteKey): RequiredParameters {
  const pointer = api.operations.find((operation) => operation.route.key === route)?.pointer ?? [];
  const declared = [pointer.slice(0, 2), pointer].flatMap((at) => {
    const list = valueAt(api.document, [...at, "parameters"]);
    return Array.isArray(list) ? list.map((parameter) => resolveRef(api.document, parameter)) : [];
  });
  const named = (place: "query" | "header"): string[] => [
    ...new Set(
      declared
        .filter(isObject)
        .filter((parameter) => parameter["in"] === place && parameter["required"] === true)
        .map(({ name }) => String(name)),
    ),
  ];
  return { query: named("query"), header: named("header") };
}
