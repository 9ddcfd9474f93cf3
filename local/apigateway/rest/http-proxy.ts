import { sendToBackend } from "../shared/backend-request.ts";
import type { IntegrationDefinition, Parameter } from "../shared/definition.ts";
import type { Exchange } from "../shared/exchange.ts";
import { headerValue } from "../shared/headers.ts";
import type { HttpProxy } from "../shared/model.ts";
import type { HttpResponse } from "../shared/response.ts";
import { responseBody } from "./body-encoding.ts";
import { remappedHeaders } from "./integration-headers.ts";
import { buildIntegrationRequest, readMappings } from "./integration-request.ts";

/** Reads an `http_proxy` integration. @throws DefinitionError for a URI or mapping that AWS would not run */
export function readHttpProxy(
  definition: IntegrationDefinition,
  location: string,
  parameters: readonly Parameter[],
  binaryMediaTypes: readonly string[],
): HttpProxy {
  const mappings = readMappings(definition, location, parameters);
  const httpMethod = (definition.httpMethod ?? "ANY").toUpperCase();
  return {
    type: "http_proxy",
    httpMethod,
    timeoutMs: definition.timeoutInMillis,
    binaryMediaTypes,
    ...mappings,
  };
}

/**
 * Forwards the request to the backend and returns its response.
 *
 * @throws GatewayFailure as {@link sendToBackend} and {@link responseBody}
 */
export async function forwardToHttp(integration: HttpProxy, exchange: Exchange): Promise<HttpResponse> {
  const request = buildIntegrationRequest(integration, exchange);
  const response = await sendToBackend(request, integration, exchange.request.method);
  const accept = headerValue(exchange.request.headers, "accept");
  return {
    ...response,
    headers: remappedHeaders(response.headers),
    body: responseBody(response, accept, integration.binaryMediaTypes),
  };
}
