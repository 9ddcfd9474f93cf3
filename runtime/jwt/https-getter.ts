import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { withinDeadline } from "../deadline.ts";

/** Fetches a JSON document. */
export type GetJson = (url: string) => Promise<unknown>;

/** Why a document could not be had; the code goes to the log. */
export class GetError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "GetError";
    this.code = code;
  }
}

export interface GetLimits {
  /** For the whole of one GET, in ms. */
  readonly timeout: number;
  readonly maxBytes: number;
}

export const GET_LIMITS: GetLimits = { timeout: 1_500, maxBytes: 512 * 1024 };

/**
 * A GET that follows no redirect and takes no answer but 200 with JSON. The content type is not looked at: key
 * sets are served as `application/jwk-set+json` too, by file stores even as `text/plain`, and whoever could send
 * another body could send another header. What is trusted is the URL, and TLS. Node's own `https` and not
 * `fetch`: the first fetch of a process costs more than a hundred milliseconds.
 */
export function jsonGetter(limits: GetLimits = GET_LIMITS): GetJson {
  return async (url) => {
    const text = await withinDeadline(limits.timeout, (signal) => getText(url, limits.maxBytes, signal));
    try {
      return JSON.parse(text);
    } catch {
      throw new GetError("not_json", "The answer is not JSON");
    }
  };
}

function getText(url: string, maxBytes: number, signal: AbortSignal): Promise<string> {
  const get = url.startsWith("https:") ? httpsGet : httpGet;
  // A socket of its own: one kept alive across Lambda's freeze may be dead.
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
    throw new GetError(`status_${response.statusCode}`, "The answer is not 200");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new GetError("too_large", `The answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
