/** Why a token was not accepted. Each is answered with 401. */
export type AuthenticationErrorCode =
  | "token_missing"
  | "token_malformed"
  | "token_too_large"
  | "several_authorization_headers"
  | "issuer_unknown"
  | "algorithm_not_allowed"
  | "key_unknown"
  | "signature_invalid"
  | "audience_wrong"
  | "token_expired"
  | "token_not_yet_valid"
  | "token_type_wrong"
  | "claims_invalid";

/** The caller's fault: the token is missing or does not hold. Never carries a claim's value. */
export class AuthenticationError extends Error {
  readonly code: AuthenticationErrorCode;
  /** The trusted issuer's name, once it is known. */
  readonly issuer: string | undefined;

  constructor(
    code: AuthenticationErrorCode,
    message: string,
    options: { issuer?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "UnauthorizedError";
    this.code = code;
    this.issuer = options.issuer;
  }
}

export type InternalErrorCode =
  | "table_unreachable"
  | "keys_unreachable"
  | "item_invalid"
  | "catalogue_missing"
  | "configuration_invalid"
  | "layout_mismatch"
  | "route_unknown"
  | "policy_too_large"
  | "deadline_exceeded";

/** Our own failure: answered with 500, never cached, never a Deny and never an Allow. */
export class InternalError extends Error {
  readonly code: InternalErrorCode;

  constructor(code: InternalErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "UnavailableError";
    this.code = code;
  }
}
