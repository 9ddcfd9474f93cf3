/** API Gateway's own responses by type: status, message and error type, unless the API customises them. */
export const GATEWAY_RESPONSES = {
  ACCESS_DENIED: [403, "User is not authorized to access this resource", "AccessDeniedException"],
  API_CONFIGURATION_ERROR: [500, "Internal server error", "InternalServerErrorException"],
  AUTHORIZER_CONFIGURATION_ERROR: [500, null, "AuthorizerConfigurationException"],
  AUTHORIZER_FAILURE: [500, null, "AuthorizerFailureException"],
  BAD_REQUEST_BODY: [400, "Invalid request body", "BadRequestException"],
  BAD_REQUEST_PARAMETERS: [400, "Missing required request parameters", "BadRequestException"],
  DEFAULT_4XX: [400, "Bad Request", "BadRequestException"],
  DEFAULT_5XX: [500, "Internal server error", "InternalServerErrorException"],
  EXPIRED_TOKEN: [403, "The security token included in the request is expired", "ExpiredTokenException"],
  INTEGRATION_FAILURE: [504, "Network error communicating with endpoint", "GatewayTimeoutException"],
  INTEGRATION_TIMEOUT: [504, "Endpoint request timed out", "GatewayTimeoutException"],
  INVALID_API_KEY: [403, "Forbidden", "ForbiddenException"],
  INVALID_SIGNATURE: [403, "The request signature is not valid", "InvalidSignatureException"],
  MISSING_AUTHENTICATION_TOKEN: [403, "Missing Authentication Token", "MissingAuthenticationTokenException"],
  QUOTA_EXCEEDED: [429, "Limit Exceeded", "LimitExceededException"],
  REQUEST_TOO_LARGE: [413, "Request Too Long", "RequestTooLargeException"],
  RESOURCE_NOT_FOUND: [404, "Not Found", "NotFoundException"],
  THROTTLED: [429, "Too Many Requests", "TooManyRequestsException"],
  UNAUTHORIZED: [401, "Unauthorized", "UnauthorizedException"],
  UNSUPPORTED_MEDIA_TYPE: [415, "Unsupported Media Type", "UnsupportedMediaTypeException"],
  WAF_FILTERED: [403, "Forbidden", "ForbiddenException"],
} as const satisfies Record<string, readonly [status: number, message: string | null, errorType: string]>;

/** The type of a response that API Gateway makes itself. */
export type GatewayResponseType = keyof typeof GATEWAY_RESPONSES;

/** Reports whether a name is the type of a gateway response. */
export function isGatewayResponseType(name: string): name is GatewayResponseType {
  return Object.hasOwn(GATEWAY_RESPONSES, name);
}

/** Overrides of a type's defaults. */
export interface FailureDetails {
  /** HTTP status. */
  readonly status?: number;
  /** The message for the client, `$context.error.message`. */
  readonly message?: string;
  /** The explanation for the access log. */
  readonly note?: string;
}

/** Ends a request with one of API Gateway's own responses. */
export class GatewayFailure extends Error {
  readonly type: GatewayResponseType;
  readonly status: number;
  /** The message for the client; null for the types that have none. */
  readonly clientMessage: string | null;
  readonly note: string | undefined;

  constructor(type: GatewayResponseType, details: FailureDetails = {}) {
    const [status, message] = GATEWAY_RESPONSES[type];
    super(details.note ?? details.message ?? message ?? type);
    this.name = "GatewayFailure";
    this.type = type;
    this.status = details.status ?? status;
    this.clientMessage = details.message ?? message;
    this.note = details.note;
  }
}

/** Returns a gateway failure as it is, and an unexpected error as a 500 that names the error in the access log. */
export function toGatewayFailure(error: unknown): GatewayFailure {
  if (error instanceof GatewayFailure) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return new GatewayFailure("DEFAULT_5XX", { note: `the local gateway failed: ${name}` });
}
