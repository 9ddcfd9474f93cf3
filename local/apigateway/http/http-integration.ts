import { sendToBackend } from "../rest/http-proxy.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { endToEnd, type HeaderList, headerValue } from "../shared/headers.ts";
import type { HttpResponse } from "../shared/response.ts";
import type { HttpExchange } from "./exchange.ts";
import type { HttpIntegration } from "./model.ts";
import { selected } from "./selection.ts";

/**
 * Forwards the request: path parameters as sent in the URI, the query string as sent, and headers as sent, where
 * an overwritten one replaces the client's in any spelling.
 *
 * @throws GatewayFailure
 */
export async function forwardRequest(
  integration: HttpIntegration,
  exchange: HttpExchange,
): Promise<HttpResponse> {
  const { request, matched } = exchange;
  const uri = integration.uri.replace(
    /\{([^}]*)\}/g,
    (_, name: string) => matched?.pathParameters.get(name) ?? "",
  );
  const [, origin, path = ""] = /^(https?:\/\/[^/?#\s]+)([^?#\s]*)$/.exec(uri) ?? [];
  if (origin === undefined)
    throw new GatewayFailure("API_CONFIGURATION_ERROR", { note: "the integration's URI is none" });
  const query = request.queryString === "" ? "" : `?${request.queryString}`;
  const body = request.body ?? Buffer.alloc(0);
  const headers = [...clientHeaders(integration, exchange, body), ...overwritten(integration, exchange)];
  const method = integration.httpMethod === "ANY" ? request.method : integration.httpMethod;
  return await sendToBackend(
    { origin, path: `${path || "/"}${query}`, headers, body },
    method,
    integration.timeoutMs,
  );
}

function clientHeaders({ overwrite }: HttpIntegration, { request }: HttpExchange, body: Buffer): HeaderList {
  const mapped = Array.from(overwrite.keys(), (name) => name.toLowerCase());
  const replaced = new Set(["host", "content-length", "expect", ...mapped]);
  const kept = endToEnd(request.headers).filter(([name]) => !replaced.has(name.toLowerCase()));
  const hadBody = body.length > 0 || headerValue(request.headers, "content-length") !== undefined;
  return hadBody ? [...kept, ["Content-Length", String(body.length)]] : kept;
}

const overwritten = ({ overwrite }: HttpIntegration, exchange: HttpExchange): HeaderList =>
  Array.from(overwrite).flatMap(([name, selection]) => {
    const value = selected(selection, exchange);
    return value === undefined ? [] : [[name, value] as const];
  });
