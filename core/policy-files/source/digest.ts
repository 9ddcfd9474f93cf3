import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { isObject } from "../../model/is-object.ts";

/** Returns JSON with sorted keys and without undefined members: equal values give equal strings. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

/** Returns the first `length` hex digits of a value's SHA-256. */
export const digest = (value: unknown, length = 16): string =>
  bytesToHex(sha256(utf8ToBytes(typeof value === "string" ? value : canonicalJson(value)))).slice(0, length);
