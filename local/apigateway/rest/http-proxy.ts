import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { within } from "../shared/deadline.ts";
import type { IntegrationDefinition, Parameter } from "../shared/definition.ts";
import type { Exchange } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { endToEnd, groupHeaders, pairHeaders } from "../shared/headers.ts";
import type { HttpProxy } from "../shared/model.ts";
import { type HttpResponse, isSendable } from "../shared/response.ts";
import { buildIntegrationRequest, type IntegrationRequest, readMappings } from "./integration-request.ts";

/** Reads an `http_proxy` integration. @throws DefinitionError for a URI or mapping that AWS would not run */
export function readHttpProxy(
  definition: IntegrationDefinition,
  place: string,
  parameters: readonly Parameter[],
): HttpProxy {
  const mappings = readMappings(definition, place, parameters);
  const httpMethod = (definition.httpMethod ?? "ANY").toUpperCase();
  return { type: "http_proxy", httpMethod, timeoutMs: definition.timeoutInMillis, ...mappings };
}

/**
 * Forwards the request and passes the answer on, bytes unchanged. Redirects are not followed.
 *
 * @throws GatewayFailure `INTEGRATION_TIMEOUT`, `INTEGRATION_FAILURE`, or `API_CONFIGURATION_ERROR` when a
 *   mapped value cannot be sent
 */
export async function forwardToHttp(integration: HttpProxy, exchange: Exchange): Promise<HttpResponse> {
  const outgoing = buildIntegrationRequest(integration, exchange);
  const method = integration.httpMethod === "ANY" ? exchange.request.method : integration.httpMethod;
  return await sendToBackend(outgoing, method, integration.timeoutMs);
}

/** Sends a request to a backend. @throws GatewayFailure as {@link forwardToHttp} */
export async function sendToBackend(
  outgoing: IntegrationRequest,
  method: string,
  timeoutMs: number,
): Promise<HttpResponse> {
  const request = openRequest(outgoing, method);
  const late = (): Error => new GatewayFailure("INTEGRATION_TIMEOUT");
  try {
    return await within(timeoutMs, receive(request, outgoing.body), late);
  } finally {
    request.destroy();
  }
}

function openRequest({ origin, path, headers }: IntegrationRequest, method: string): ClientRequest {
  const open = origin.startsWith("https:") ? httpsRequest : httpRequest;
  try {
    // A connection of its own: a reused one may be closed by the backend at any moment, which is no failure.
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
    return sendable(responseOf(incoming, Buffer.concat(chunks)));
  } catch {
    throw new GatewayFailure("INTEGRATION_FAILURE", {
      note: "the backend could not be reached, or broke off",
    });
  }
}

function responseOf(incoming: IncomingMessage, body: Buffer): HttpResponse {
  const headers = endToEnd(pairHeaders(incoming.rawHeaders));
  return {
    status: incoming.statusCode ?? 0,
    headers: headers.filter(([name]) => name.toLowerCase() !== "content-length"),
    body,
  };
}

function sendable(response: HttpResponse): HttpResponse {
  if (!isSendable(response)) throw new Error("The backend's status or headers cannot be passed on");
  return response;
}
