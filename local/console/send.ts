import type { IncomingMessage, ServerResponse } from "node:http";

export interface Body {
  /** The media type. */
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** Responds to GET, and to HEAD with the same headers. */
export function send(request: IncomingMessage, response: ServerResponse, { type, body }: Body): void {
  response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** Responds to a method other than GET and HEAD. */
export function methodNotAllowed(response: ServerResponse): void {
  response.writeHead(405, { allow: "GET, HEAD" }).end();
}
