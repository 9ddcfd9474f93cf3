import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { withinDeadline } from "../deadline.ts";

/**
 * Fetches a JSON document by its URL.
 *
 * @throws GetError when the response is not 200 with JSON, or is too large
 * @throws Error when there is no response: `TimeoutError`, or Node's error with its `code`
 */
export type GetJson = (url: string) => Promise<unknown>;

/** The response to a GET is not usable. The code is logged. */
export class GetError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "GetError";
    this.code = code;
  }
}

/** The limits of one GET. */
export interface GetLimits {
  /** For the whole GET, in ms. */
  readonly timeout: number;
  /** The longest body, in bytes. */
  readonly maxBytes: number;
}

/** The default limits. */
export const GET_LIMITS: GetLimits = { timeout: 1_500, maxBytes: 512 * 1024 };

/**
 * Creates a GET that follows no redirect and accepts only status 200 with JSON.
 *
 * The content type is not checked. Key sets are served as `application/jwk-set+json` too, and by file stores even
 * as `text/plain`. The check would add no security, because a server that can send another body can send another
 * header: what is trusted is the URL, and TLS.
 *
 * It uses Node's `https` and not `fetch`, because the first fetch of a process costs more than 100 ms.
 *
 * @example
 * import { jsonGetter } from "./https-getter.ts";
 *
 * const getJson = jsonGetter({ timeout: 1_000, maxBytes: 10_000 });
 * export const fetchDiscovery = (issuer: string) => getJson(`${issuer}/.well-known/openid-configuration`);
 */
export function jsonGetter(limits: GetLimits = GET_LIMITS): GetJson {
  return async (url) => {
    const body = await withinDeadline(limits.timeout, (signal) => getBody(url, limits.maxBytes, signal));
    try {
      return JSON.parse(body);
    } catch {
      throw new GetError("not_json", "The response is not JSON");
    }
  };
}

function getBody(url: string, maxBytes: number, signal: AbortSignal): Promise<string> {
  const get = url.startsWith("https:") ? httpsGet : httpGet;
  // A new socket each time, because a socket that was kept alive across Lambda's freeze may be dead.
  const options = { agent: false, signal, headers: { accept: "application/json" } } as const;
  return new Promise((resolve, reject) => {
    const request = get(url, options, (response) => {
      readBody(response, maxBytes).then(resolve, (error: unknown) => {
        request.destroy();
        reject(error);
      });
    });
    request.on("error", reject);
  });
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  if (response.statusCode !== 200)
    throw new GetError(`status_${response.statusCode}`, "The response's status is not 200");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new GetError("too_large", `The response is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
