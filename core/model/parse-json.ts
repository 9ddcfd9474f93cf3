/**
 * Parses JSON. Returns undefined for a string that is not JSON.
 *
 * @example
 * import { parseJson } from "./parse-json.ts";
 *
 * parseJson('{"a":1}'); // => {"a":1}
 * parseJson("{"); // => undefined
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
