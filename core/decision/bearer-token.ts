import { AuthenticationError } from "../model/errors.ts";

declare const sent: unique symbol;
declare const unverified: unique symbol;

/** A request's one Authorization header, whatever is in it. */
export type Authorization = string & { readonly [sent]: true };

/** A token as sent: three base64url parts, of which nothing has been verified. */
export type UnverifiedToken = string & { readonly [unverified]: true };

/** A request's headers: by a name in lower case, every value that was sent. */
export type Headers = Pick<ReadonlyMap<string, readonly string[]>, "get">;

/** API Gateway takes 10,240 bytes of headers together; a token longer than this cannot have come through it. */
const MAX_TOKEN_LENGTH = 10_240;
const SCHEME = /^Bearer +/i;
const PARTS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Bits that no byte uses must be zero (RFC 4648, section 3.5), so that no token has two spellings. */
const LAST_OF_TWO = "AQgw";
const LAST_OF_THREE = "AEIMQUYcgkosw048";

/**
 * The one Authorization header. Never a query string or a cookie.
 *
 * @throws UnauthorizedError `token_missing`, `several_authorization_headers`, `token_too_large`
 */
export function authorizationIn(headers: Headers): Authorization {
  const values = headers.get("authorization") ?? [];
  const [value] = values;
  if (value === undefined || value.trim() === "")
    throw new AuthenticationError("token_missing", "The request has no Authorization header");
  if (values.length > 1)
    throw new AuthenticationError(
      "several_authorization_headers",
      "The request has more than one Authorization header",
    );
  if (value.length > MAX_TOKEN_LENGTH)
    throw new AuthenticationError(
      "token_too_large",
      `The Authorization header is longer than ${MAX_TOKEN_LENGTH} characters`,
    );
  return value as Authorization;
}

/** @throws UnauthorizedError `token_malformed` */
export function bearerToken(authorization: string): UnverifiedToken {
  const [scheme] = SCHEME.exec(authorization) ?? [];
  const token = authorization.slice(scheme?.length);
  if (scheme !== undefined && isCompactJws(token)) return token as UnverifiedToken;
  throw new AuthenticationError(
    "token_malformed",
    scheme === undefined || !/^\S+$/.test(token)
      ? "The Authorization header is not `Bearer`, a space and a token"
      : "The token is not three base64url parts with dots between",
  );
}

function isCompactJws(token: string): boolean {
  if (!PARTS.test(token)) return false;
  const [one, two] = [token.indexOf("."), token.lastIndexOf(".")];
  return (
    isWholeBytes(token, 0, one) &&
    isWholeBytes(token, one + 1, two) &&
    isWholeBytes(token, two + 1, token.length)
  );
}

/** The part from `start` to before `end`, which has a character at least. */
function isWholeBytes(token: string, start: number, end: number): boolean {
  const last = token.charAt(end - 1);
  switch ((end - start) % 4) {
    case 0:
      return true;
    case 2:
      return LAST_OF_TWO.includes(last);
    case 3:
      return LAST_OF_THREE.includes(last);
    default:
      return false;
  }
}
