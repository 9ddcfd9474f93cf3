import { lookup } from "node:dns/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { SmokeRequest } from "./step.ts";

const TIMEOUT_MS = 10_000;

/**
 * Sends a request and returns the response's status, or undefined without a response. With `connectTo` it connects to
 * that host and names the URL's host in TLS (SNI) and in the Host header, so that a custom domain responds before its
 * DNS record exists. The certificate must be the URL's host's.
 *
 * @param ca a certificate to trust instead of Node's own
 */
export const fetchStatus = (
  { method, url, token, connectTo }: SmokeRequest,
  ca?: string,
): Promise<number | undefined> =>
  new Promise((resolve) => {
    const { protocol, hostname, host, port, pathname } = new URL(url);
    const request = (protocol === "http:" ? requestHttp : requestHttps)(
      {
        method,
        host: connectTo ?? hostname,
        servername: hostname,
        port: port === "" ? undefined : port,
        path: pathname,
        headers: { host, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        agent: false,
        ...(ca !== undefined && { ca }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    request.once("error", () => resolve(undefined));
    request.end();
  });

/** Returns whether a host name has an address. */
export const resolves = (host: string): Promise<boolean> =>
  lookup(host).then(
    () => true,
    () => false,
  );
