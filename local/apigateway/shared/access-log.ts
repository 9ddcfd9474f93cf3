import type { AuthorizerLog, Exchange } from "./exchange.ts";
import type { HttpResponse } from "./response.ts";

/** One line of the access log: what was asked and answered, never a token or a header's value. */
export interface AccessLogEntry {
  readonly requestId: string;
  readonly extendedRequestId: string;
  /** ISO 8601. */
  readonly time: string;
  readonly method: string;
  readonly path: string;
  /** The template of the resource that was reached, or null. */
  readonly resource: string | null;
  readonly status: number;
  /** The gateway response's type, when no backend answered. */
  readonly responseType?: string;
  readonly authorizer?: AuthorizerLog;
  readonly userId?: string;
  readonly tenantId?: string;
  /** With commas between; of a caller who is allowed something. AWS's access log leaves them out. */
  readonly roles?: string;
  /** The group of routes that the authorizer guards. */
  readonly group?: string;
  readonly policyVersion?: string;
  readonly correlationId?: string;
  readonly reason?: string;
  readonly integrationLatencyMs?: number;
  /** Why, where status and type alone do not tell. */
  readonly note?: string;
}

const FROM_CONTEXT = ["userId", "tenantId", "roles", "group", "policyVersion", "correlationId"] as const;

/** The access log's entry for an answered request. */
export function accessLogEntry(exchange: Exchange, response: HttpResponse): AccessLogEntry {
  const { request, requestId, extendedRequestId, authorizer, integrationLatencyMs, note } = exchange;
  const context = exchange.authorization?.context ?? {};
  const known = FROM_CONTEXT.filter((key) => Object.hasOwn(context, key));
  return {
    requestId,
    extendedRequestId,
    time: new Date(request.receivedAt).toISOString(),
    method: request.method,
    path: request.path,
    resource: exchange.route?.resource.path ?? null,
    status: response.status,
    ...(response.responseType && { responseType: response.responseType }),
    ...(authorizer && { authorizer }),
    ...Object.fromEntries(known.map((key) => [key, context[key]])),
    ...(response.responseType === "ACCESS_DENIED" && { reason: context["reason"] }),
    ...(integrationLatencyMs !== undefined && { integrationLatencyMs }),
    ...(note !== undefined && { note }),
  };
}
