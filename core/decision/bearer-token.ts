import { AuthenticationError } from "../model/errors.ts";

declare const sent: unique symbol;
declare const unverified: unique symbol;

/** The value of a request's only Authorization header. Its content is not checked yet. */
export type Authorization = string & { readonly [sent]: true };

/** A token as sent: three base64url parts. Nothing in it is verified yet. */
export type UnverifiedToken = string & { readonly [unverified]: true };

/** The headers of a request: all values that were sent, by the header's name in lower case. */
export type Headers = Pick<ReadonlyMap<string, readonly string[]>, "get">;

/** API Gateway accepts 10,240 bytes of headers in total, so a longer token cannot have passed through it. */
const MAX_TOKEN_LENGTH = 10_240;
const SCHEME = /^Bearer +/i;
const PARTS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
// Unused bits of the last character must be zero (RFC 4648, section 3.5), so that no token has two spellings.
const LAST_OF_TWO = "AQgw";
const LAST_OF_THREE = "AEIMQUYcgkosw048";

/**
 * Returns the only Authorization header of a request. A token in a query string or a cookie is never read.
 *
 * @throws AuthenticationError `token_missing`, `several_authorization_headers` or `token_too_large`
 * @example
 * import { authorizationIn } from "./bearer-token.ts";
 *
 * authorizationIn(new Map([["authorization", ["Bearer abc"]]])); // => "Bearer abc"
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

/**
 * Returns the token of an Authorization header, which must be `Bearer`, a space and a compact JWS.
 *
 * @throws AuthenticationError `token_malformed`
 * @example
 * import { bearerToken } from "./bearer-token.ts";
 *
 * bearerToken("Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln"); // => "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
 */
export function bearerToken(authorization: string): UnverifiedToken {
  const [scheme] = SCHEME.exec(authorization) ?? [];
  const token = authorization.slice(scheme?.length);
  if (scheme !== undefined && isCompactJws(token)) return token as UnverifiedToken;
  throw scheme === undefined || !/^\S+$/.test(token)
    ? new AuthenticationError(
        "token_malformed",
        "The Authorization header is not `Bearer`, a space and a token",
      )
    : noJws(token);
}

/** A token that is no compact JWS: an encrypted JWT has five parts (RFC 7516, section 3.1), an opaque token one. */
function noJws(token: string): AuthenticationError {
  const parts = token.split(".", 6).length;
  const found = parts === 5 ? "encrypted" : parts === 1 ? "opaque" : undefined;
  const expected = "three base64url parts with dots between them";
  const message =
    found === undefined
      ? `The token is not ${expected}`
      : `The token is ${found}, but expected a signed JWT of ${expected}`;
  return new AuthenticationError("token_malformed", message, { ...(found && { found }) });
}

function isCompactJws(token: string): boolean {
  if (!PARTS.test(token)) return false;
  const [first, second] = [token.indexOf("."), token.lastIndexOf(".")];
  return (
    encodesWholeBytes(token, 0, first) &&
    encodesWholeBytes(token, first + 1, second) &&
    encodesWholeBytes(token, second + 1, token.length)
  );
}

/**
 * Returns whether the part from `start` to before `end`, which is not empty, is the base64url form of whole
 * bytes.
 */
function encodesWholeBytes(token: string, start: number, end: number): boolean {
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
