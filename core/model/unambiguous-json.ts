/**
 * Parses JSON and rejects objects with duplicate member names, at any depth and in any spelling (`"\u0061lg"` is
 * `alg`).
 *
 * When a name is duplicate, `JSON.parse` keeps the last member. Other parsers keep the first, or both. So if a token
 * named its tenant twice, we would read one tenant, and a backend could read the other one from the same token.
 * RFC 7515 (section 4) and RFC 7519 (section 4) allow a reader to reject such a token or to keep the last member.
 * Only the rejection means the same to every reader.
 *
 * @throws SyntaxError when the string is not JSON, or an object has duplicate member names
 * @example
 * import { parseUnambiguously } from "./unambiguous-json.ts";
 *
 * const isAccepted = (json: string): boolean => {
 *   try {
 *     parseUnambiguously(json);
 *     return true;
 *   } catch {
 *     return false;
 *   }
 * };
 * parseUnambiguously('{"tenant":"acme"}'); // => {"tenant":"acme"}
 * isAccepted('{"tenant":"acme","tenant":"globex"}'); // => false
 */
export function parseUnambiguously(json: string): unknown {
  const value: unknown = JSON.parse(json);
  if (countWrittenMembers(json) !== countParsedMembers(value))
    throw new SyntaxError("A JSON object has duplicate member names");
  return value;
}

/** Counts colons outside of strings: in valid JSON each member has exactly one, and nothing else has any. */
function countWrittenMembers(json: string): number {
  let count = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const character = json.charCodeAt(at);
    if (character === QUOTE) inString = !inString;
    else if (character === BACKSLASH) at++;
    else if (character === COLON && !inString) count++;
  }
  return count;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Counts without recursion, because a token may contain thousands of nested lists. */
function countParsedMembers(value: unknown): number {
  const open = [value];
  let count = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null) continue;
    const inside: unknown[] = Object.values(next);
    if (!Array.isArray(next)) count += inside.length;
    open.push(...inside);
  }
  return count;
}
