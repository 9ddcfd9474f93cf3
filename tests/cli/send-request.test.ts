import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { fetchStatus, resolves } from "../../cli/deploy/send-request.ts";
import { selfSigned } from "../faults/support/self-signed.ts";

const HOST = "api.portcullis.example";
const closes: (() => void)[] = [];
afterEach(() => {
  for (const close of closes.splice(0)) close();
});

/** Starts a server whose certificate is for `host`. It notes what each request names. */
async function listen(host: string) {
  const certificate = selfSigned(host);
  const seen: unknown[] = [];
  const server = createServer(certificate, ({ headers, socket, url }, response) => {
    const { servername } = socket as TLSSocket;
    seen.push([servername, headers.host, url, headers.authorization]);
    response.writeHead(401).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closes.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { seen, port, ca: certificate.cert };
}

describe("a request to a custom domain without a DNS record", () => {
  const request = (port: number) => ({
    method: "GET",
    url: `https://${HOST}:${port}/v1/documents`,
    token: "e30.e30.AA",
    connectTo: "127.0.0.1",
  });

  it("connects to the given host, and names the domain in TLS and in the Host header", async () => {
    const { seen, port, ca } = await listen(HOST);
    expect(await fetchStatus(request(port), ca)).toBe(401);
    expect(seen).toEqual([[HOST, `${HOST}:${port}`, "/v1/documents", "Bearer e30.e30.AA"]]);
  });

  it("is not sent to a host with another certificate", async () => {
    const { seen, port, ca } = await listen("other.example");
    expect(await fetchStatus(request(port), ca)).toBeUndefined();
    expect(seen).toEqual([]);
  });

  it("has no response at its own name, which has no address", async () => {
    expect(await fetchStatus({ ...request(443), connectTo: undefined })).toBeUndefined();
    expect([await resolves(HOST), await resolves("localhost")]).toEqual([false, true]);
  });
});
