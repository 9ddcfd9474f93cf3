import type { JWTPayload, ProtectedHeaderParameters } from "jose";
import type { UnverifiedToken } from "../../core/decision/bearer-token.ts";
import { AuthenticationError } from "../../core/model/errors.ts";
import { isObject } from "../../core/model/is-object.ts";
import { parseUnambiguously } from "./unambiguous-json.ts";

/** A token's header and claims as anybody may have written them: good for choosing what to verify with, nothing else. */
export interface UnverifiedContent {
  readonly header: ProtectedHeaderParameters;
  readonly unverifiedClaims: JWTPayload;
}

/** @throws UnauthorizedError `token_malformed` */
export function decodeUnverified(token: UnverifiedToken): UnverifiedContent {
  const [header = "", payload = ""] = token.split(".");
  try {
    return { header: decodeObject(header), unverifiedClaims: decodeObject(payload) };
  } catch (cause) {
    throw new AuthenticationError(
      "token_malformed",
      "The token's header and payload are not JSON objects that name each member once",
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
