import type { Exchange } from "./exchange.ts";
import { GatewayFailure } from "./gateway-failure.ts";
import { methodArn } from "./method-arn.ts";

/** The limit for all headers together, in bytes. */
const MAX_HEADER_BYTES = 10_240;

/** The limit for a request's ARN, in bytes. */
const MAX_ARN_BYTES = 1_600;

/**
 * Rejects requests that are larger than API Gateway accepts, with 413, 414 or 431. The latter two have no type of
 * their own: their type is `DEFAULT_4XX`.
 *
 * @throws GatewayFailure
 */
export function checkLimits(exchange: Pick<Exchange, "api" | "request">): void {
  const { request } = exchange;
  if (request.body === undefined) throw new GatewayFailure("REQUEST_TOO_LARGE");
  if (Buffer.byteLength(methodArn(exchange, request.path)) > MAX_ARN_BYTES) {
    throw new GatewayFailure("DEFAULT_4XX", { status: 414, message: "Request-URI Too Long" });
  }
  const size = request.sentHeaders.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size > MAX_HEADER_BYTES) {
    throw new GatewayFailure("DEFAULT_4XX", { status: 431, message: "Request Header Fields Too Large" });
  }
}
