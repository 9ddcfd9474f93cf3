import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
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
  const method = httpMethod === "ANY" ? clientMethod : httpMethod;
  let isLate = false;
  let current: ClientRequest | undefined;
  const open = (reuse: boolean): ClientRequest => {
    if (isLate) throw new GatewayFailure("INTEGRATION_TIMEOUT");
    current = openRequest(outgoing, method, reuse);
    return current;
  };
  const late = (): Error => {
    isLate = true;
    current?.destroy();
    return new GatewayFailure("INTEGRATION_TIMEOUT");
  };
  return await rejectAfter(timeoutMs, exchange(open, REPEATABLE.has(method), outgoing.body), late);
}

/** The methods whose requests may be sent twice (RFC 9110, section 9.2.2). Any other has a connection of its own. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/** Fewer than the 511 connections that may wait for a server of Node. Further requests wait here for one of these. */
const CONNECTIONS = { keepAlive: true, maxSockets: 500 };

/** The connections to backends, by origin, which requests use one after another. */
const KEPT = { http: new HttpAgent(CONNECTIONS), https: new HttpsAgent(CONNECTIONS) };

async function exchange(
  open: (reuse: boolean) => ClientRequest,
  reuse: boolean,
  body: Buffer,
): Promise<HttpResponse> {
  const first = open(reuse);
  try {
    const incoming = await send(first, body).catch((error: unknown) => {
      // The backend may close a kept connection at any moment, which is not a failure.
      if (!first.reusedSocket) throw error;
      return send(open(false), body);
    });
    return await read(incoming);
  } catch {
    throw new GatewayFailure("INTEGRATION_FAILURE", {
      note: "the backend could not be reached, or it closed the connection",
    });
  }
}

function openRequest(
  { origin, path, headers }: BackendRequest,
  method: string,
  reuse: boolean,
): ClientRequest {
  const secure = origin.startsWith("https:");
  const agent = reuse && KEPT[secure ? "https" : "http"];
  try {
    return (secure ? httpsRequest : httpRequest)(origin, {
      method,
      path,
      agent,
      headers: Object.fromEntries(groupHeaders(headers)),
    });
  } catch {
    throw new GatewayFailure("API_CONFIGURATION_ERROR", {
      note: "a mapped value cannot be sent to the backend",
    });
  }
}

/** Sends a request. Returns its response, whose body is still to be read. */
const send = (request: ClientRequest, body: Buffer): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.on("response", resolve).on("error", reject).end(body);
  });

/** @throws Error if the body breaks off, or if the response cannot be passed on */
async function read(incoming: IncomingMessage): Promise<HttpResponse> {
  const body = await readAll(incoming);
  const headers = pairHeaders(incoming.rawHeaders);
  const response = { status: incoming.statusCode ?? 0, headers, body };
  if (!isSendable(response)) throw new Error("The backend's status or headers cannot be passed on");
  return response;
}

/** Reads by events, because an asynchronous iterator costs as much as a small response. */
const readAll = (incoming: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    incoming
      .on("data", (chunk: Buffer) => chunks.push(chunk))
      .on("end", () => resolve(Buffer.concat(chunks)))
      .on("error", reject)
      .on("close", () => reject(new Error("The backend closed the connection")));
  });
