import type { Exchange, MatchedRoute } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { headerValues } from "../shared/headers.ts";
import { parseQueryString } from "../shared/query-string.ts";
import { findBodyProblem } from "./body-models.ts";

/**
 * Checks that a method's required query and header parameters are present, and checks the body by the model of its
 * content type.
 *
 * @throws GatewayFailure `BAD_REQUEST_PARAMETERS` or `BAD_REQUEST_BODY`
 */
export function validateRequest({ request }: Exchange, { method }: MatchedRoute): void {
  const query = parseQueryString(request.queryString);
  const missing = method.required.filter(({ in: where, name }) =>
    where === "query" ? !query.has(name) : headerValues(request.headers, name).length === 0,
  );
  if (missing.length > 0) {
    const ordered = ["header", "query"].flatMap((where) => missing.filter((one) => one.in === where));
    const names = ordered.map(({ name }) => name).join(", ");
    throw new GatewayFailure("BAD_REQUEST_PARAMETERS", {
      message: `Missing required request parameters: [${names}]`,
    });
  }
  const problem = findBodyProblem(request, method.models);
  if (problem !== undefined) throw new GatewayFailure("BAD_REQUEST_BODY", { note: problem });
}
