/** Names and values as sent, in order, names spelled as sent. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Headers of a single connection, which are never passed on (RFC 9110, section 7.6.1). */
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

/** Returns all values of a header, in any letter case. */
export function headerValues(headers: HeaderList, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return headers.filter(([given]) => given.toLowerCase() === wanted).map(([, value]) => value);
}

/** Returns a header's last value, which is the one that API Gateway uses where it uses only one. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  return headerValues(headers, name).at(-1);
}

/** Returns the host that a request names, without the port; empty without a `Host` header. */
export function hostName(headers: HeaderList): string {
  return (headerValue(headers, "host") ?? "").replace(/:\d*$/, "");
}

/** Groups headers: from each name, in its first spelling, to all of its values. */
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

/** Returns the last value of each name. */
export function lastValues(groups: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  return new Map(Array.from(groups, ([name, values]) => [name, values.at(-1) ?? ""]));
}

/** Returns the headers without those of a single connection and those that its `Connection` header names. */
export function endToEndHeaders(headers: HeaderList): HeaderList {
  const named = headerValues(headers, "connection").flatMap((value) => value.split(","));
  const dropped = new Set([...HOP_BY_HOP, ...named.map((name) => name.trim().toLowerCase())]);
  return headers.filter(([name]) => !dropped.has(name.toLowerCase()));
}

/** Returns a backend's headers for the client: end to end, and without the length, which Node sets. */
export function responseHeaders(headers: HeaderList): HeaderList {
  return endToEndHeaders(headers).filter(([name]) => name.toLowerCase() !== "content-length");
}

/** Returns headers without those of some names, in any letter case. @param names in lower case */
export function withoutHeaders(headers: HeaderList, names: ReadonlySet<string>): HeaderList {
  return headers.filter(([name]) => !names.has(name.toLowerCase()));
}

/** Adds the content type `application/json` where the headers have no content type. */
export function jsonByDefault(headers: HeaderList): HeaderList {
  const hasType = headerValue(headers, "content-type") !== undefined;
  return hasType ? headers : [...headers, ["Content-Type", "application/json"]];
}

/** Returns the media type of a `Content-Type`, or of the first entry of an `Accept`, in lower case. */
export function mediaType(header: string | undefined): string {
  return (header ?? "").split(/[;,]/, 1).join("").trim().toLowerCase();
}
