/**
 * Decodes a raw query string, `+` as a space, into all values of each name, in order. Invalid
 * percent-encoding stays as it is.
 */
export function parseQueryString(queryString: string): Map<string, string[]> {
  const parsed = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(queryString)) {
    parsed.set(name, [...(parsed.get(name) ?? []), value]);
  }
  return parsed;
}
