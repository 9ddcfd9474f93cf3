import type { AccessSettings, ErrorText } from "../../model/access-settings.ts";
import type { LayoutData, TenantSelector } from "../../model/layout.ts";
import type { Api } from "../model/operation.ts";

/** API Gateway's response types (api-gateway-api-integration-types), with our message instead of theirs. */
const TYPES: Readonly<
  Record<
    string,
    {
      readonly message?: string;
      readonly reason?: true;
      /** Absent: ours. `theirs`: API Gateway's own, which it does not let anyone replace. */
      readonly body?: "theirs";
    }
  >
> = {
  ACCESS_DENIED: { message: "The caller may not do this", reason: true },
  API_CONFIGURATION_ERROR: { message: "The API is not set up correctly" },
  AUTHORIZER_CONFIGURATION_ERROR: { message: "The request could not be authorized; try again" },
  AUTHORIZER_FAILURE: { message: "The request could not be authorized; try again" },
  BAD_REQUEST_BODY: {},
  BAD_REQUEST_PARAMETERS: {},
  DEFAULT_4XX: {},
  DEFAULT_5XX: { message: "The request could not be served" },
  EXPIRED_TOKEN: {},
  INTEGRATION_FAILURE: { message: "The backend did not respond" },
  INTEGRATION_TIMEOUT: { message: "The backend did not respond in time" },
  INVALID_API_KEY: {},
  INVALID_SIGNATURE: {},
  MISSING_AUTHENTICATION_TOKEN: { message: "There is no such route" },
  QUOTA_EXCEEDED: { message: "The quota is used up" },
  REQUEST_TOO_LARGE: { body: "theirs" },
  RESOURCE_NOT_FOUND: { message: "There is no such route" },
  THROTTLED: { message: "Too many requests; slow down" },
  UNAUTHORIZED: {
    message: "Send a valid access token in the Authorization header, after `Bearer `",
  },
  UNSUPPORTED_MEDIA_TYPE: {},
  WAF_FILTERED: { message: "A firewall blocked the request" },
};

/** The sources of the header `WWW-Authenticate` (RFC 6750, 3), by response. */
interface Challenges {
  readonly UNAUTHORIZED: string;
  readonly ACCESS_DENIED?: string;
}

/**
 * Returns the challenges of an API with this layout: of a 401 where the metadata document is, if the API has one; of a
 * 403 the missing scopes, if a response is for one route and so knows them.
 */
export const challenges = ({ operations }: Api, { mode }: LayoutData): Challenges => ({
  UNAUTHORIZED: operations.some(({ advertised }) => advertised !== undefined) ? "'${challenge}'" : "'Bearer'",
  ...(mode !== "token" &&
    operations.some(({ route }) => route.scopes.length > 0) && {
      ACCESS_DENIED: "context.authorizer.challenge",
    }),
});

/**
 * Returns the responses that API Gateway itself sends: `{"error": {code, message, reason?, requestId}}`, with CORS
 * headers. The body of a 413 stays API Gateway's: it cannot be customised. API Gateway substitutes values without escaping, so the templates use only values that cannot contain a
 * quote, and `$context.error.messageString`, which is already quoted. Clients cannot set the request id.
 *
 * @param selector where a request names its tenant. A header that is missing is a 401 too, because it is an identity
 * source, so the message names both headers
 * @param challenges where the header `WWW-Authenticate` of a response comes from
 */
export function gatewayResponses(
  selector: TenantSelector | null = null,
  challenges: Challenges = { UNAUTHORIZED: "'Bearer'" },
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(TYPES).map(([type, { message, reason, body }]) => [
      type,
      {
        responseParameters: {
          "gatewayresponse.header.Access-Control-Allow-Origin": "'${cors_error_origin}'",
          "gatewayresponse.header.Cache-Control": "'no-store'",
          ...(type in challenges && {
            "gatewayresponse.header.WWW-Authenticate": challenges[type as keyof Challenges],
          }),
        },
        ...(body !== "theirs" && {
          responseTemplates: {
            "application/json": ourBody(type, withSelector(type, message, selector), reason === true),
          },
        }),
      },
    ]),
  );
}

/** Returns code and message of the error bodies that the access route has too. */
export function errorTexts(selector: TenantSelector | null): NonNullable<AccessSettings["errors"]> {
  const text = (code: string): ErrorText => ({
    code,
    message: withSelector(code, TYPES[code]?.message, selector) ?? "",
  });
  return { 401: text("UNAUTHORIZED"), 403: text("ACCESS_DENIED"), 500: text("AUTHORIZER_FAILURE") };
}

const withSelector = (
  type: string,
  message: string | undefined,
  selector: TenantSelector | null,
): string | undefined =>
  type === "UNAUTHORIZED" && selector !== null && "header" in selector
    ? `${message}, and the tenant in the header ${selector.header}`
    : message;

function ourBody(type: string, message: string | undefined, withReason: boolean): string {
  const code = type.startsWith("DEFAULT_") ? "$context.error.responseType" : type;
  const text = message === undefined ? "$context.error.messageString" : JSON.stringify(message);
  const reason = withReason ? ',"reason":"$context.authorizer.reason"' : "";
  return `{"error":{"code":"${code}","message":${text}${reason},"requestId":"$context.extendedRequestId"}}`;
}
