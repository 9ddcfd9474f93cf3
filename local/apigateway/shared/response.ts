import { type ServerResponse, validateHeaderName, validateHeaderValue } from "node:http";
import type { Exchange } from "./exchange.ts";
import type { GatewayResponseType } from "./gateway-failure.ts";
import type { HeaderList } from "./headers.ts";

/** A response as it goes to the client. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
  /** Set when API Gateway made the response itself. */
  readonly responseType?: GatewayResponseType;
}

/** Tells whether Node can send a response: a status from 200 to 599, and headers as {@link isHeader} has them. */
export function isSendable({ status, headers }: HttpResponse): boolean {
  if (!Number.isInteger(status) || status < 200 || status > 599) return false;
  return headers.every(([name, value]) => isHeader(name, value));
}

/** Tells whether a header has a token for its name and no control characters in its value. */
export function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** Sends a response, with the request's two ids as API Gateway adds them; a HEAD gets no body. */
export function send(res: ServerResponse, response: HttpResponse, exchange: Exchange): void {
  res.statusCode = response.status;
  for (const [name, value] of response.headers) res.appendHeader(name, value);
  res.setHeader("x-amzn-RequestId", exchange.requestId);
  res.setHeader("x-amz-apigw-id", exchange.extendedRequestId);
  res.end(exchange.request.method === "HEAD" ? undefined : response.body);
}
