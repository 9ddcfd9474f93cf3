import { sendToBackend } from "../shared/backend-request.ts";
import type { IntegrationDefinition, Parameter } from "../shared/definition.ts";
import type { Exchange } from "../shared/exchange.ts";
import type { HttpProxy } from "../shared/model.ts";
import type { HttpResponse } from "../shared/response.ts";
import { remappedHeaders } from "./integration-headers.ts";
import { buildIntegrationRequest, readMappings } from "./integration-request.ts";

/** Reads an `http_proxy` integration. @throws DefinitionError for a URI or mapping that AWS would not run */
export function readHttpProxy(
  definition: IntegrationDefinition,
  location: string,
  parameters: readonly Parameter[],
): HttpProxy {
  const mappings = readMappings(definition, location, parameters);
  const httpMethod = (definition.httpMethod ?? "ANY").toUpperCase();
  return { type: "http_proxy", httpMethod, timeoutMs: definition.timeoutInMillis, ...mappings };
}

/** Forwards the request to the backend and returns its response. @throws GatewayFailure as {@link sendToBackend} */
export async function forwardToHttp(integration: HttpProxy, exchange: Exchange): Promise<HttpResponse> {
  const request = buildIntegrationRequest(integration, exchange);
  const response = await sendToBackend(request, integration, exchange.request.method);
  return { ...response, headers: remappedHeaders(response.headers) };
}
