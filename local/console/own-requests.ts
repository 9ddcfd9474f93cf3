import type { IncomingMessage } from "node:http";

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/**
 * Why a request for what is below `/_portcullis` is refused; undefined: it is not. A page elsewhere can send
 * requests to loopback, by its address or by a name of its own that it lets point there. Only the console's own
 * pages and programs of this host are answered, and a person who opens the console by a link.
 */
export function foreign(request: IncomingMessage): string | undefined {
  if (!LOOPBACK.test(request.headers.host ?? "")) return "Ask for 127.0.0.1 or localhost";
  const site = header(request, "sec-fetch-site") ?? "none";
  if (site === "same-origin" || site === "none" || isOpened(request)) return undefined;
  return "A page of another origin may not ask";
}

/** A browser's window that goes to the page: what was sent from elsewhere is a link, and the answer is not seen there. */
const isOpened = (request: IncomingMessage): boolean =>
  request.method === "GET" &&
  header(request, "sec-fetch-mode") === "navigate" &&
  header(request, "sec-fetch-dest") === "document";

const header = (request: IncomingMessage, name: string): string | undefined =>
  request.headers[name]?.toString();
