import type { Exchange, MatchedRoute } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { headerValues } from "../shared/headers.ts";
import { parseQueryString } from "../shared/query-string.ts";
import { bodyProblem } from "./body-models.ts";

/**
 * Checks that a method's required query and header parameters are there, by presence only, and a body of JSON
 * by its content type's model.
 *
 * @throws GatewayFailure `BAD_REQUEST_PARAMETERS` or `BAD_REQUEST_BODY`
 */
export function validateRequest({ request }: Exchange, { method }: MatchedRoute): void {
  const query = parseQueryString(request.queryString);
  const missing = method.required.filter(({ in: where, name }) =>
    where === "query" ? !query.has(name) : headerValues(request.headers, name).length === 0,
  );
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(", ");
    throw new GatewayFailure("BAD_REQUEST_PARAMETERS", {
      message: `Missing required request parameters: [${names}]`,
    });
  }
  const wrong = bodyProblem(request, method.models);
  if (wrong !== undefined) throw new GatewayFailure("BAD_REQUEST_BODY", { note: wrong });
}
