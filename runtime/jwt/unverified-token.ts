import type { JWTPayload, ProtectedHeaderParameters } from "jose";
import type { UnverifiedToken } from "../../core/decision/bearer-token.ts";
import { AuthenticationError } from "../../core/model/errors.ts";
import { isObject } from "../../core/model/is-object.ts";
import { parseUnambiguously } from "../../core/model/unambiguous-json.ts";

/** The header and claims of an unverified token, which anyone can have written. Use them only to choose the keys. */
export interface UnverifiedContent {
  readonly header: ProtectedHeaderParameters;
  readonly unverifiedClaims: JWTPayload;
}

/**
 * Decodes a token without verifying it.
 *
 * @throws AuthenticationError `token_malformed` when header or payload is not a JSON object with unique member names
 * @example
 * import type { UnverifiedToken } from "../../core/decision/bearer-token.ts";
 * import { decodeUnverified } from "./unverified-token.ts";
 *
 * const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
 * const token = `${encode({ alg: "RS256" })}.${encode({ iss: "https://id.example.com" })}.AAAA` as UnverifiedToken;
 * decodeUnverified(token).unverifiedClaims.iss; // => "https://id.example.com"
 */
export function decodeUnverified(token: UnverifiedToken): UnverifiedContent {
  const [header = "", payload = ""] = token.split(".");
  try {
    return { header: decodeObject(header), unverifiedClaims: decodeObject(payload) };
  } catch (cause) {
    throw new AuthenticationError(
      "token_malformed",
      "The token's header and payload are not JSON objects with unique member names",
      { cause },
    );
  }
}

/** RFC 8259, section 8.1: UTF-8, and no byte order mark. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeObject(part: string): Record<string, unknown> {
  const value = parseUnambiguously(UTF8.decode(Buffer.from(part, "base64url")));
  if (!isObject(value)) throw new TypeError("The JSON is not an object");
  return value;
}
