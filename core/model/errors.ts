/** The reason why a token is not accepted. The response is 401 for each of them. */
export type AuthenticationErrorCode =
  | "token_missing"
  | "token_malformed"
  | "token_too_large"
  | "several_authorization_headers"
  | "issuer_unknown"
  | "issuer_suspended"
  | "algorithm_not_allowed"
  | "key_unknown"
  | "key_denied"
  | "signature_invalid"
  | "audience_wrong"
  | "token_expired"
  | "token_not_yet_valid"
  | "token_type_wrong"
  | "token_bound"
  | "delegation_invalid"
  | "claims_invalid";

/**
 * The caller's fault (401): the token is missing or not valid. The message never contains the value of a claim.
 */
export class AuthenticationError extends Error {
  readonly code: AuthenticationErrorCode;
  /** The name of the trusted issuer; undefined if the check failed before the issuer was found. */
  readonly issuer: string | undefined;
  /** The claim that the check was about; undefined if it was about the token as a whole. */
  readonly claim: string | undefined;
  /** The type of what was found and the number of its entries, never its content; undefined if that says nothing. */
  readonly found: string | undefined;

  constructor(
    code: AuthenticationErrorCode,
    message: string,
    options: { issuer?: string; cause?: unknown; claim?: string; found?: string } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "AuthenticationError";
    this.code = code;
    this.issuer = options.issuer;
    this.claim = options.claim;
    this.found = options.found;
  }
}

/** The reason why the authorizer itself failed. The response is 500 for each of them. */
export type InternalErrorCode =
  | "table_unreachable"
  | "keys_unreachable"
  | "issuer_reads_limited"
  | "item_invalid"
  | "catalogue_missing"
  | "configuration_invalid"
  | "layout_mismatch"
  | "route_unknown"
  | "policy_too_large"
  | "deadline_exceeded";

/** Our own failure (500). It is never cached, and never becomes a Deny or an Allow. */
export class InternalError extends Error {
  readonly code: InternalErrorCode;

  constructor(code: InternalErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "InternalError";
    this.code = code;
  }
}
