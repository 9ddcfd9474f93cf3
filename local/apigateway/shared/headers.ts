/** Names and values as sent, in order, names spelled as sent. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Headers that concern one connection only and are never passed on (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Pairs Node's flat list of raw headers. */
export function pairHeaders(raw: readonly string[]): HeaderList {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ""] as const] : []));
}

/** All values of a header, whatever its letter case. */
export function headerValues(headers: HeaderList, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return headers.filter(([given]) => given.toLowerCase() === wanted).map(([, value]) => value);
}

/** A header's last value, which is the one that API Gateway shows where it shows only one. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  return headerValues(headers, name).at(-1);
}

/** Headers as a map from the name's first spelling to all values. */
export function groupHeaders(headers: HeaderList): Map<string, string[]> {
  const spellings = new Map<string, string>();
  const groups = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const spelling = spellings.get(name.toLowerCase()) ?? name;
    spellings.set(name.toLowerCase(), spelling);
    groups.set(spelling, [...(groups.get(spelling) ?? []), value]);
  }
  return groups;
}

/** Without the headers of one connection, and those that its `Connection` header names. */
export function endToEnd(headers: HeaderList): HeaderList {
  const named = headerValues(headers, "connection").flatMap((value) => value.split(","));
  const dropped = new Set([...HOP_BY_HOP, ...named.map((name) => name.trim().toLowerCase())]);
  return headers.filter(([name]) => !dropped.has(name.toLowerCase()));
}

/** The media type of a `Content-Type` or of the first entry of an `Accept`, in lower case. */
export function mediaType(header: string | undefined): string {
  return (header ?? "").split(/[;,]/, 1).join("").trim().toLowerCase();
}
