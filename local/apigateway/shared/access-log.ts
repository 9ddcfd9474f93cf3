import { NONE } from "../../../core/policy/context.ts";
import type { AuthorizerLog, Exchange } from "./exchange.ts";
import type { HttpResponse } from "./response.ts";

/** One line of the access log: a request and its response, never a token or a header's value. */
export interface AccessLogEntry {
  readonly requestId: string;
  readonly extendedRequestId: string;
  /** ISO 8601. */
  readonly time: string;
  readonly method: string;
  readonly path: string;
  /** The template of the matched resource, or null. */
  readonly resource: string | null;
  readonly status: number;
  /** The gateway response's type, when the response is not a backend's. */
  readonly responseType?: string;
  readonly authorizer?: AuthorizerLog;
  readonly userId?: string;
  readonly tenantId?: string;
  /** Comma-separated; of a caller who is allowed something. AWS's access log does not have them. */
  readonly roles?: string;
  /** Space-separated; of a caller who is allowed something. AWS's access log does not have them. */
  readonly scopes?: string;
  /** The issuer's name, empty if it is not known. AWS's access log does not have it. */
  readonly issuer?: string;
  /** Who acts for the user: the issuer, a space, and the subject; `-` if nobody does. AWS's access log does not have it. */
  readonly delegate?: string;
  /** The token's `jti`. AWS's access log does not have it. */
  readonly tokenId?: string;
  /** The keys that were left out of the context because it was too large, comma-separated; absent if none was. */
  readonly omitted?: string;
  /** The group of routes that the authorizer guards. */
  readonly group?: string;
  readonly policyVersion?: string;
  readonly correlationId?: string;
  readonly reason?: string;
  readonly integrationLatencyMs?: number;
  /** The explanation, where status and type are not enough. */
  readonly note?: string;
}

/** The values of the authorizer context that the entry has. */
const FROM_CONTEXT = [
  "userId",
  "tenantId",
  "roles",
  "scopes",
  "issuer",
  "delegate",
  "tokenId",
  "group",
  "policyVersion",
  "correlationId",
] as const;

/** Builds the access log's entry for a request and its response. */
export function accessLogEntry(exchange: Exchange, response: HttpResponse): AccessLogEntry {
  const { request, requestId, extendedRequestId, authorizer, integrationLatencyMs, note } = exchange;
  const context = exchange.authorization?.context ?? {};
  const present = FROM_CONTEXT.filter((key) => Object.hasOwn(context, key));
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
    ...Object.fromEntries(present.map((key) => [key, context[key]])),
    ...(context["omitted"] !== NONE && context["omitted"] && { omitted: context["omitted"] }),
    ...(response.responseType === "ACCESS_DENIED" && { reason: context["reason"] }),
    ...(integrationLatencyMs !== undefined && { integrationLatencyMs }),
    ...(note !== undefined && { note }),
  };
}
