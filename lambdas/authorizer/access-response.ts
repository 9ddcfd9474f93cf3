import { createHash } from "node:crypto";
import type { AccessDocument } from "../../core/decision/access.ts";
import type { Headers } from "../../core/decision/bearer-token.ts";
import { type Denial, isDenial } from "../../core/decision/denial.ts";
import type { AccessSettings, ErrorStatus } from "../../core/model/access-settings.ts";
import type { TenantSelector } from "../../core/model/layout.ts";
import { type Failure, isFailure } from "../../runtime/telemetry/failure.ts";

/** A response of a Lambda proxy integration, in both payload formats. */
export interface ProxyResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a response depends on besides its content. */
export interface ResponseSettings {
  /** The error bodies of a REST API; null for an HTTP API. */
  readonly errors: AccessSettings["errors"];
  readonly tenantSelector: TenantSelector;
  /** Origins whose pages may read a REST API's response; null for an HTTP API, which adds the header itself. */
  readonly origins: readonly string[] | null;
}

/** The request's headers that the response depends on, and the id for an error body. */
export interface Answered {
  readonly headers: Headers;
  readonly requestId: string;
}

/**
 * Writes the response for what a caller may do, a denial or a failure. Errors have the bodies that API Gateway gives for
 * the same reason. A request that has the body already gets a 304: its ETag is compared with that of the caller's own body
 * only, after the token was verified.
 */
export function accessResponse(
  result: AccessDocument | Denial | Failure,
  { headers, requestId }: Answered,
  settings: ResponseSettings,
): ProxyResponse {
  const cors = corsHeaders(headers, settings);
  if (isFailure(result)) return errorResponse(result.status, undefined);
  if (isDenial(result)) return errorResponse(403, result.reason);
  const body = JSON.stringify(result);
  const etag = `"${createHash("sha256").update(body).digest("base64url")}"`;
  const common = {
    ...cors,
    etag,
    "cache-control": "private, no-cache",
    vary: [...variants(settings), ...(cors.vary === undefined ? [] : [cors.vary])].join(", "),
  };
  return matches(headers.get("if-none-match") ?? [], etag)
    ? { statusCode: 304, headers: common, body: "" }
    : { statusCode: 200, headers: { ...common, ...JSON_BODY }, body };

  function errorResponse(status: ErrorStatus, reason: string | undefined): ProxyResponse {
    return {
      statusCode: status,
      headers: {
        ...cors,
        ...JSON_BODY,
        "cache-control": "no-store",
        // A REST API renames this header of a function, so that it has no use there.
        ...(status === 401 && settings.errors === null && { "www-authenticate": "Bearer" }),
      },
      body: JSON.stringify(errorBody(status, reason, requestId, settings.errors)),
    };
  }
}

const JSON_BODY = { "content-type": "application/json", "x-content-type-options": "nosniff" };

/** The messages of an HTTP API, which cannot be changed. */
const HTTP_MESSAGES: Readonly<Record<ErrorStatus, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  500: "Internal Server Error",
};

const errorBody = (
  status: ErrorStatus,
  reason: string | undefined,
  requestId: string,
  errors: AccessSettings["errors"],
): object =>
  errors === null
    ? { message: HTTP_MESSAGES[status] }
    : { error: { ...errors[status], ...(reason !== undefined && { reason }), requestId } };

/** Lists the request's headers that the content depends on. The host is a part of the URL. */
const variants = ({ tenantSelector }: ResponseSettings): string[] => [
  "Authorization",
  ...(tenantSelector !== null && "header" in tenantSelector ? [tenantSelector.header] : []),
];

function corsHeaders(
  headers: Headers,
  { origins }: ResponseSettings,
): { readonly "access-control-allow-origin"?: string; readonly vary?: string } {
  if (origins === null) return {};
  if (origins.includes("*")) return { "access-control-allow-origin": "*" };
  const [origin = ""] = headers.get("origin") ?? [];
  return { ...(origins.includes(origin) && { "access-control-allow-origin": origin }), vary: "Origin" };
}

/** Compares as RFC 9110 (13.1.2) says: weakly, with each of a list of ETags, or `*`. */
const matches = (values: readonly string[], etag: string): boolean =>
  values
    .flatMap((value) => value.split(","))
    .some((value) => value.trim() === "*" || value.trim().replace(/^W\//, "") === etag);
