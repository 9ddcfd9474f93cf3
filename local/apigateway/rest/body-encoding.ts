import { GatewayFailure } from "../shared/gateway-failure.ts";
import { type HeaderList, headerValue, mediaType } from "../shared/headers.ts";

/**
 * Reports whether the media type of a `Content-Type`, or the first one of an `Accept`, is one of an API's binary media
 * types: the same, or below a range such as `image/*`. A wildcard type with a subtype matches nothing.
 */
export function isBinary(header: string | undefined, binaryMediaTypes: readonly string[]): boolean {
  const type = mediaType(header);
  const range = /^[^/]+\//.exec(type)?.[0];
  const wanted = ["*/*", type, ...(range === undefined || range === "*/" ? [] : [`${range}*`])];
  return binaryMediaTypes.some((one) => wanted.includes(one.toLowerCase()));
}

/**
 * Returns the body that an HTTP backend gets. A body that is not of a binary media type is decoded as UTF-8, which
 * replaces all bytes that are not.
 */
export const requestBody = (
  body: Buffer,
  headers: HeaderList,
  binaryMediaTypes: readonly string[],
): Buffer => (isBinary(headerValue(headers, "content-type"), binaryMediaTypes) ? body : asText(body));

/**
 * Returns the body that the client of an HTTP backend gets: bytes for a client that accepts a binary media type first,
 * else text, in which bytes of a binary media type are base64.
 *
 * @throws GatewayFailure 500 if the client accepts bytes, and the backend's text is not base64
 */
export function responseBody(
  { headers, body }: { readonly headers: HeaderList; readonly body: Buffer },
  accept: string | undefined,
  binaryMediaTypes: readonly string[],
): Buffer {
  // What AWS does to a compressed body is not established.
  if (headerValue(headers, "content-encoding") !== undefined) return body;
  const acceptsBytes = isBinary(accept, binaryMediaTypes);
  if (isBinary(headerValue(headers, "content-type"), binaryMediaTypes))
    return acceptsBytes ? body : Buffer.from(body.toString("base64"));
  return acceptsBytes ? fromBase64(body.toString("utf8")) : asText(body);
}

/** @throws GatewayFailure 500 if the text is not base64 */
export function fromBase64(text: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw new GatewayFailure("DEFAULT_5XX", {
      note: "the client accepts a binary media type first, so the body must be base64",
    });
  return Buffer.from(text, "base64");
}

const asText = (body: Buffer): Buffer => Buffer.from(body.toString("utf8"));
