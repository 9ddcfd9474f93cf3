import type { IncomingMessage } from "node:http";

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/**
 * Checks that a request below `/_portcullis`, or to the table, comes from this host. A page of another site can send requests to
 * loopback, by its address or by a name of its own that resolves to it. Only the console's own pages, programs of
 * this host, and browser windows that open the console are allowed.
 *
 * @returns the message for a request that is denied, else undefined
 */
export function checkOrigin(request: IncomingMessage): string | undefined {
  if (!LOOPBACK.test(request.headers.host ?? "")) return "Use the host 127.0.0.1 or localhost";
  if (opensWindow(request)) return undefined;
  const site = header(request, "sec-fetch-site") ?? "none";
  const origin = header(request, "origin");
  if ((site === "same-origin" || site === "none") && (origin === undefined || isOwn(origin, request)))
    return undefined;
  return "Requests from a page of another origin are denied";
}

/** Older browsers send only `Origin`; a page of the stack has the host that it sends the request to. */
const isOwn = (origin: string, { headers }: IncomingMessage): boolean =>
  origin === `http://${headers.host ?? ""}`;

/** Reports whether a browser opens the page in a window; a linking page cannot read the response then. */
const opensWindow = (request: IncomingMessage): boolean =>
  request.method === "GET" &&
  header(request, "sec-fetch-mode") === "navigate" &&
  header(request, "sec-fetch-dest") === "document";

const header = (request: IncomingMessage, name: string): string | undefined =>
  request.headers[name]?.toString();
