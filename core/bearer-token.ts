import { UnauthorizedError } from "./errors.ts";

declare const unverified: unique symbol;

/** A token as sent: three base64url parts, of which nothing has been verified. */
export type UnverifiedToken = string & { readonly [unverified]: true };

/** A request's headers: by a name in lower case, every value that was sent. */
export type Headers = Pick<ReadonlyMap<string, readonly string[]>, "get">;

/** API Gateway takes 10,240 bytes of headers together; a token longer than this cannot have come through it. */
const MAX_TOKEN_LENGTH = 10_240;
const SCHEME = /^Bearer +(\S+)$/i;
const PARTS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Bits that no byte uses must be zero (RFC 4648, section 3.5), so that no token has two spellings. */
const LAST_OF_TWO = "AQgw";
const LAST_OF_THREE = "AEIMQUYcgkosw048";

/**
 * The token of the one Authorization header. Never from a query string or a cookie.
 *
 * @throws UnauthorizedError `token_missing`, `several_authorization_headers`, `token_too_large`, `token_malformed`
 */
export function readBearerToken(headers: Headers): UnverifiedToken {
  const values = headers.get("authorization") ?? [];
  const [value] = values;
  if (value === undefined || value.trim() === "")
    throw new UnauthorizedError("token_missing", "The request has no Authorization header");
  if (values.length > 1)
    throw new UnauthorizedError(
      "several_authorization_headers",
      "The request has more than one Authorization header",
    );
  if (value.length > MAX_TOKEN_LENGTH)
    throw new UnauthorizedError(
      "token_too_large",
      `The Authorization header is longer than ${MAX_TOKEN_LENGTH} characters`,
    );
  const token = SCHEME.exec(value)?.[1];
  if (token === undefined)
    throw new UnauthorizedError(
      "token_malformed",
      "The Authorization header is not `Bearer`, a space and a token",
    );
  if (!isCompactJws(token))
    throw new UnauthorizedError(
      "token_malformed",
      "The token is not three base64url parts with dots between",
    );
  return token as UnverifiedToken;
}

const isCompactJws = (token: string): boolean => PARTS.test(token) && token.split(".").every(isWholeBytes);

function isWholeBytes(part: string): boolean {
  const last = part.at(-1) ?? "";
  switch (part.length % 4) {
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
