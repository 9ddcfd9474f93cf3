import { get as httpGet, type IncomingMessage, type RequestOptions } from "node:http";
import { get as httpsGet } from "node:https";
import { withinDeadline } from "../deadline.ts";
import { VERSION } from "../version.ts";

/**
 * Fetches a JSON document by its URL.
 *
 * @param signal aborts the GET before its own timeout
 * @throws GetError when the response is not 200 with JSON, or is too large
 * @throws Error when there is no response: `TimeoutError`, or Node's error with its `code`
 */
export type GetJson = (url: string, signal?: AbortSignal) => Promise<unknown>;

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

/** How a GET connects, where it is not as Node does. */
export interface Connection {
  /** Resolves a host to addresses, as Node's sockets want it. */
  readonly lookup?: NonNullable<RequestOptions["lookup"]>;
  /** The certificates, as PEM, that are trusted in place of the public roots. */
  readonly ca?: string;
}

/** The default limits. */
export const GET_LIMITS: GetLimits = { timeout: 3_000, maxBytes: 512 * 1024 };

/**
 * Some firewalls reject requests without `User-Agent`, and some issuers serve key sets as `application/jwk-set+json`
 * alone.
 */
const HEADERS = {
  accept: "application/json, application/jwk-set+json",
  "accept-encoding": "identity",
  "user-agent": `portcullis/${VERSION}`,
};

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
export function jsonGetter(limits: GetLimits = GET_LIMITS, connection: Connection = {}): GetJson {
  return async (url, signal) => {
    const body = await withinDeadline(limits.timeout, (timeout) =>
      getBody(url, limits.maxBytes, {
        ...connection,
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      }),
    );
    try {
      return JSON.parse(body);
    } catch {
      throw new GetError("not_json", "The response is not JSON");
    }
  };
}

function getBody(
  url: string,
  maxBytes: number,
  connection: Connection & { readonly signal: AbortSignal },
): Promise<string> {
  const get = url.startsWith("https:") ? httpsGet : httpGet;
  // A new socket each time, because a socket that was kept alive across Lambda's freeze may be dead.
  const options = { agent: false, headers: HEADERS, ...connection } as const;
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
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const text = (await unzipped(Buffer.concat(chunks), maxBytes)).toString("utf8");
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

const BYTE_ORDER_MARK = "\ufeff";

const tooLarge = (maxBytes: number): GetError =>
  new GetError("too_large", `The response is longer than ${maxBytes} bytes`);

/** Unzips a body that is gzipped although we did not ask for it, as file stores serve it. JSON never begins like gzip. */
async function unzipped(body: Buffer, maxBytes: number): Promise<Buffer> {
  if (body[0] !== 0x1f || body[1] !== 0x8b) return body;
  // Loaded when it is needed, because hardly any issuer needs it and each cold start would load it.
  const { gunzip } = await import("node:zlib");
  return new Promise((resolve, reject) => {
    gunzip(body, { maxOutputLength: maxBytes }, (error, plain) => {
      if (error === null) resolve(plain);
      else if (error instanceof RangeError) reject(tooLarge(maxBytes));
      else reject(new GetError("not_json", "The response is gzipped, and cannot be unzipped"));
    });
  });
}
