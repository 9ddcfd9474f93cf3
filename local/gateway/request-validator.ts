import type { Exchange, Route } from "./exchange.ts";
import { GatewayFailure } from "./gateway-failure.ts";
import { headerValues } from "./headers.ts";
import { parseQueryString } from "./query-string.ts";

/**
 * Checks that a method's required query and header parameters are there, by presence only. Bodies are not
 * checked against their models: body validation is not emulated yet.
 *
 * @throws GatewayFailure `BAD_REQUEST_PARAMETERS`
 */
export function validateRequest({ request }: Exchange, { method }: Route): void {
  const query = parseQueryString(request.queryString);
  const missing = method.required.filter(({ in: where, name }) =>
    where === "query" ? !query.has(name) : headerValues(request.headers, name).length === 0,
  );
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(", ");
  throw new GatewayFailure("BAD_REQUEST_PARAMETERS", {
    message: `Missing required request parameters: [${names}]`,
  });
}
