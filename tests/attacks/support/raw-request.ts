import { connect } from "node:net";

export interface RawResponse {
  readonly status: number;
  /** The body as JSON, or undefined. */
  readonly json: unknown;
}

export interface RawRequest {
  /** Method and target exactly as in the request line, such as `GET //a/../b`. */
  readonly line: string;
  /** Header lines without their line end; names may have spellings that no client would send. */
  readonly headers?: readonly string[];
  /** The bytes after the empty line. */
  readonly body?: string;
}

/** Sends exact bytes, because clients rewrite paths and reject invalid headers. Characters are bytes (Latin-1). */
export function sendRaw(origin: string, { line, headers = [], body = "" }: RawRequest): Promise<RawResponse> {
  const { hostname, port, host } = new URL(origin);
  const ownHost = headers.some((header) => /^host:/i.test(header)) ? [] : [`Host: ${host}`];
  const head = [`${line} HTTP/1.1`, ...ownHost, ...headers, "Connection: close"].join("\r\n");
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(`${head}\r\n\r\n${body}`, "latin1"));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(readResponse(Buffer.concat(chunks).toString("utf8"))));
  });
}

/** Parses a response; the status is 0 if the connection was closed without one. */
function readResponse(text: string): RawResponse {
  const [head = "", body = ""] = text.split(/\r\n\r\n(.*)/s, 2);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  return { status, json: parse(/transfer-encoding: chunked/i.test(head) ? joinChunks(body) : body) };
}

function joinChunks(body: string): string {
  const [, size = "0", rest = ""] = /^([0-9a-f]+)\r\n(.*)$/is.exec(body) ?? [];
  const bytes = Buffer.from(rest);
  const length = Number.parseInt(size, 16);
  return length === 0
    ? ""
    : bytes.subarray(0, length).toString() + joinChunks(bytes.subarray(length + 2).toString());
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
