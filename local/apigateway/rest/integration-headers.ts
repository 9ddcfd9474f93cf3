import { endToEndHeaders, type HeaderList, withoutHeaders } from "../shared/headers.ts";

/** Headers that a REST API does not pass on to integrations, besides those of a single connection. */
const NOT_FORWARDED = new Set(["content-md5", "expect", "max-forwards", "server", "www-authenticate"]);

/** Headers of an integration's response that a REST API returns under another name. */
const REMAPPED = new Set([
  "authorization",
  "connection",
  "content-length",
  "content-md5",
  "date",
  "expect",
  "host",
  "max-forwards",
  "proxy-authenticate",
  "server",
  "trailer",
  "upgrade",
  "user-agent",
  "www-authenticate",
  "x-amzn-requestid",
]);

/** Returns the client's headers that an integration gets. */
export const forwardedHeaders = (headers: HeaderList): HeaderList =>
  withoutHeaders(endToEndHeaders(headers), NOT_FORWARDED);

/**
 * Returns the headers of an integration's response for the client: `x-amzn-Remapped-Date` in place of `Date`, and the
 * like, because API Gateway sets these itself.
 */
export function remappedHeaders(headers: HeaderList): HeaderList {
  const passed = new Set(endToEndHeaders(headers));
  return headers.flatMap((header) => {
    const [name, value] = header;
    if (REMAPPED.has(name.toLowerCase())) return [[`x-amzn-Remapped-${name}`, value] as const];
    return passed.has(header) ? [header] : [];
  });
}
