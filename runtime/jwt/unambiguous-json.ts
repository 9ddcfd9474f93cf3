/**
 * Parses JSON in which no object names a member twice, at any depth and in any spelling (`"\u0061lg"` is `alg`).
 *
 * Of two members with one name `JSON.parse` keeps the last, other parsers the first, or both. So a token that
 * names its tenant twice tells us one tenant, and a backend that reads the same token another. RFC 7515
 * (section 4) and RFC 7519 (section 4) let a reader refuse such a token or take the last; only a refusal is the
 * same for every reader.
 *
 * @throws SyntaxError
 */
export function parseUnambiguously(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (membersWritten(text) !== membersKept(value)) throw new SyntaxError("An object names a member twice");
  return value;
}

/** Outside of strings, a colon stands in valid JSON once a member and nowhere else. */
function membersWritten(text: string): number {
  let count = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) inString = !inString;
    else if (character === BACKSLASH) at++;
    else if (character === COLON && !inString) count++;
  }
  return count;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Without recursion: a token may hold thousands of lists inside each other. */
function membersKept(value: unknown): number {
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
