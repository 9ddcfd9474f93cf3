import type { IncomingMessage } from "node:http";
import { GatewayFailure } from "./gateway-failure.ts";
import { type HeaderList, headerValues, pairHeaders } from "./headers.ts";

/** API Gateway's limit for a payload, 10 MB. */
export const MAX_BODY_BYTES = 10_485_760;

/** A request's head. */
export interface RequestHead {
  readonly method: string;
  /** The path as sent, undecoded. */
  readonly sentPath: string;
  /** Like `sentPath`, but `/x` for `//x` directly after the host (recorded on AWS). */
  readonly path: string;
  /** The raw query string, without the question mark. */
  readonly queryString: string;
  /** The headers as sent. */
  readonly sentHeaders: HeaderList;
  /** The headers as sent, with those that API Gateway adds. */
  readonly headers: HeaderList;
  readonly sourceIp: string;
  /** For example `HTTP/1.1`. */
  readonly protocol: string;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

/** A request with its body. */
export interface GatewayRequest extends RequestHead {
  /** `undefined` when larger than {@link MAX_BODY_BYTES}. */
  readonly body: Buffer | undefined;
}

/** Reads the head. A target that is not a path (`*`, a fragment) stays as it is, and {@link checkTarget} rejects it. */
export function readHead(req: IncomingMessage, receivedAt: number): RequestHead {
  const target = (req.url ?? "/").replace(/^https?:\/\/[^/?#]*/i, "");
  const question = target.indexOf("?");
  const sentPath = (question < 0 ? target : target.slice(0, question)) || "/";
  const sentHeaders = pairHeaders(req.rawHeaders);
  const sourceIp = (req.socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
  return {
    method: req.method ?? "GET",
    sentPath,
    path: sentPath.startsWith("//") ? sentPath.slice(1) : sentPath,
    queryString: question < 0 ? "" : target.slice(question + 1),
    sentHeaders,
    headers: addForwardedHeaders(sentHeaders, sourceIp, req.socket.localPort),
    sourceIp,
    protocol: `HTTP/${req.httpVersion}`,
    receivedAt,
  };
}

/**
 * Reads the body. A body that is too large is read to its end and dropped, because a client that is still
 * sending does not read the response.
 */
export async function readBody(req: IncomingMessage): Promise<Buffer | undefined> {
  const { headers } = req;
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined)
    return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

/**
 * Rejects a target that the next steps could read in more than one way. It is not established how AWS handles such
 * targets.
 *
 * @throws GatewayFailure 400
 */
export function checkTarget({ sentPath }: RequestHead): void {
  if (!sentPath.startsWith("/") || sentPath.includes("#")) {
    throw new GatewayFailure("DEFAULT_4XX", { note: "the request's target is not a path" });
  }
  if (percentDecode(sentPath) === undefined) {
    throw new GatewayFailure("DEFAULT_4XX", {
      note: "the path's percent-encoding is not valid UTF-8",
    });
  }
}

/** Decodes a string once; `undefined` if its encoding is invalid. */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function addForwardedHeaders(headers: HeaderList, sourceIp: string, port: number | undefined): HeaderList {
  const forwardedFor = [...headerValues(headers, "x-forwarded-for"), sourceIp].join(", ");
  const own = new Set(["x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"]);
  return [
    ...headers.filter(([name]) => !own.has(name.toLowerCase())),
    ["X-Forwarded-For", forwardedFor],
    ["X-Forwarded-Port", String(port ?? "")],
    ["X-Forwarded-Proto", "http"],
  ];
}
