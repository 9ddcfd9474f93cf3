import { type ServerResponse, validateHeaderName, validateHeaderValue } from "node:http";
import type { GatewayResponseType } from "./gateway-failure.ts";
import type { HeaderList } from "./headers.ts";

/** A response as the client gets it. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
  /** Set when API Gateway made the response itself. */
  readonly responseType?: GatewayResponseType;
}

/** Reports whether Node can send a response: a status from 200 to 599, and headers that satisfy {@link isHeader}. */
export function isSendable({ status, headers }: HttpResponse): boolean {
  if (!Number.isInteger(status) || status < 200 || status > 599) return false;
  return headers.every(([name, value]) => isHeader(name, value));
}

/** Reports whether a header's name is a token and its value has no control characters. */
export function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** Sends a response with the request's ids as headers. The response to a HEAD request has no body. */
export function send(
  res: ServerResponse,
  response: HttpResponse,
  method: string,
  ids: Readonly<Record<string, string>>,
): void {
  res.statusCode = response.status;
  for (const [name, value] of response.headers) res.appendHeader(name, value);
  for (const [name, id] of Object.entries(ids)) res.setHeader(name, id);
  res.end(method === "HEAD" ? undefined : response.body);
}
