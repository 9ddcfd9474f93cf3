import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { rejectAfter } from "../../../runtime/deadline.ts";
import { GatewayFailure } from "./gateway-failure.ts";
import { endToEndHeaders, groupHeaders, type HeaderList, headerValue, pairHeaders } from "./headers.ts";
import type { GatewayRequest } from "./request.ts";
import { type HttpResponse, isSendable } from "./response.ts";

/** A request to an HTTP backend. */
export interface BackendRequest {
  /** Scheme and host, without a path. */
  readonly origin: string;
  /** With the query string. */
  readonly path: string;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** The settings of an HTTP integration that the transport needs. */
interface Transport {
  /** `ANY` keeps the client's method. */
  readonly httpMethod: string;
  readonly timeoutMs: number;
}

/**
 * Returns the client's end-to-end headers and the mapped ones. A mapped header replaces the client's in any letter
 * case, even when it has no value.
 */
export function backendHeaders<Expression>(
  { headers, body }: GatewayRequest,
  mapped: ReadonlyMap<string, Expression>,
  evaluate: (expression: Expression) => string | undefined,
): HeaderList {
  const names = ["host", "content-length", "expect", ...mapped.keys()];
  const replaced = new Set(names.map((name) => name.toLowerCase()));
  const size = body?.length ?? 0;
  const hadBody = size > 0 || headerValue(headers, "content-length") !== undefined;
  const values = Array.from(mapped).flatMap(([name, expression]) => {
    const value = evaluate(expression);
    return value === undefined ? [] : [[name, value] as const];
  });
  return [
    ...endToEndHeaders(headers).filter(([name]) => !replaced.has(name.toLowerCase())),
    ...(hadBody ? [["Content-Length", String(size)] as const] : []),
    ...values,
  ];
}

/**
 * Sends a request to a backend and returns its response, with all headers as received and the body's bytes unchanged.
 * Redirects are not followed.
 *
 * @throws GatewayFailure `INTEGRATION_TIMEOUT`, `INTEGRATION_FAILURE`, or `API_CONFIGURATION_ERROR` when a
 *   mapped value cannot be sent
 */
export async function sendToBackend(
  outgoing: BackendRequest,
  { httpMethod, timeoutMs }: Transport,
  clientMethod: string,
): Promise<HttpResponse> {
  const request = openRequest(outgoing, httpMethod === "ANY" ? clientMethod : httpMethod);
  const late = (): Error => new GatewayFailure("INTEGRATION_TIMEOUT");
  try {
    return await rejectAfter(timeoutMs, receive(request, outgoing.body), late);
  } finally {
    request.destroy();
  }
}

function openRequest({ origin, path, headers }: BackendRequest, method: string): ClientRequest {
  const open = origin.startsWith("https:") ? httpsRequest : httpRequest;
  try {
    // The backend may close a reused connection at any moment, which would look like a failure.
    return open(origin, { method, path, agent: false, headers: Object.fromEntries(groupHeaders(headers)) });
  } catch {
    throw new GatewayFailure("API_CONFIGURATION_ERROR", {
      note: "a mapped value cannot be sent to the backend",
    });
  }
}

async function receive(request: ClientRequest, body: Buffer): Promise<HttpResponse> {
  try {
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      request.on("response", resolve).on("error", reject).end(body);
    });
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    return checkSendable({
      status: incoming.statusCode ?? 0,
      headers: pairHeaders(incoming.rawHeaders),
      body: Buffer.concat(chunks),
    });
  } catch {
    throw new GatewayFailure("INTEGRATION_FAILURE", {
      note: "the backend could not be reached, or it closed the connection",
    });
  }
}

function checkSendable(response: HttpResponse): HttpResponse {
  if (!isSendable(response)) throw new Error("The backend's status or headers cannot be passed on");
  return response;
}
