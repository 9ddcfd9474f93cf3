import { backendHeaders, sendToBackend } from "../shared/backend-request.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { responseHeaders } from "../shared/headers.ts";
import type { HttpResponse } from "../shared/response.ts";
import type { HttpExchange } from "./exchange.ts";
import type { HttpIntegration } from "./model.ts";
import { evaluateSelection } from "./selection.ts";

/**
 * Forwards the request to the backend and returns its response. Path parameters in the URI, the query string and
 * headers are as sent, except for overwritten headers.
 *
 * @throws GatewayFailure as {@link sendToBackend}, and for a URI that path parameters made invalid
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
    throw new GatewayFailure("API_CONFIGURATION_ERROR", { note: "the integration's URI is not valid" });
  const query = request.queryString === "" ? "" : `?${request.queryString}`;
  const headers = backendHeaders(request, integration.overwrite, (selection) =>
    evaluateSelection(selection, exchange),
  );
  const response = await sendToBackend(
    { origin, path: `${path || "/"}${query}`, headers, body: request.body ?? Buffer.alloc(0) },
    integration,
    request.method,
  );
  return { ...response, headers: responseHeaders(response.headers) };
}
