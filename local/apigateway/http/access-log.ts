import type { AccessLogEntry } from "../shared/access-log.ts";
import type { HttpResponse } from "../shared/response.ts";
import type { HttpExchange } from "./exchange.ts";

const FROM_CONTEXT = ["userId", "tenantId", "roles", "scopes", "issuer", "group", "policyVersion"] as const;

/** Builds the access log's entry for a request and its response. Only the log contains the reason of a denial. */
export function httpAccessLogEntry(exchange: HttpExchange, { status }: HttpResponse): AccessLogEntry {
  const { request, requestId, matched, authorizer, integrationLatencyMs, note } = exchange;
  const context = authorizerContext(exchange);
  const present = FROM_CONTEXT.filter((key) => Object.hasOwn(context, key));
  return {
    requestId,
    extendedRequestId: requestId,
    time: new Date(request.receivedAt).toISOString(),
    method: request.method,
    path: request.path,
    resource: matched?.route.path ?? null,
    status,
    ...(authorizer && { authorizer }),
    ...Object.fromEntries(present.map((key) => [key, context[key]])),
    ...(authorizer?.status === 403 && "reason" in context && { reason: String(context["reason"]) }),
    ...(integrationLatencyMs !== undefined && { integrationLatencyMs }),
    ...(note !== undefined && { note }),
  };
}

function authorizerContext({ authorization }: HttpExchange): Readonly<Record<string, unknown>> {
  return authorization !== undefined && "lambda" in authorization ? authorization.lambda : {};
}
