import { Agent, createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import { startStack } from "../../local/stack.ts";
import { type LoadProcess, startLoad } from "../load/load.ts";
import type { Case, Measurement, Sample } from "../measurement.ts";

const PATH = "/invoices/42";
/** Requests per round. Misses are fewer, because each needs a new token, and signing takes longer than the request. */
const HITS = 2_000;
const MISSES = 400;

/**
 * Measures the whole local stack in front of an HTTP backend, and a plain proxy in front of the same backend. Gateway
 * and proxy run in this process; client and backend share another one, so that two cores are enough.
 */
export const localGateway: Measurement = {
  name: "local-gateway",
  about:
    "a request through the local gateway, 16 at a time, compared with a plain node:http proxy to the same backend",
  unit: "µs per request",
  async prepare(quick) {
    const load = await startLoad();
    const proxy = await startProxy(load.backend);
    const { stack, token } = await startSample(load.backend);
    const divisor = quick ? 10 : 1;
    const [hits, misses] = [HITS / divisor, MISSES / divisor];
    const cachedToken = await token();
    const toCase = (name: string, kind: Case["kind"], round: Case["round"]): Case => ({
      name,
      kind,
      round,
    });
    return {
      cases: [
        toCase("plain proxy", "floor", () => sendLoad(load, `${proxy.url}${PATH}`, hits, [cachedToken])),
        toCase("cache hits", "ours", () => sendLoad(load, `${stack.origin}${PATH}`, hits, [cachedToken])),
        toCase("cache misses", "ours", async () => {
          const tokens = await Promise.all(Array.from({ length: misses }, token));
          return sendLoad(load, `${stack.origin}${PATH}`, misses, tokens);
        }),
      ],
      async close() {
        load.close();
        proxy.server.close();
        proxy.server.closeAllConnections();
        await stack.close();
      },
    };
  },
};

async function sendLoad(
  load: LoadProcess,
  url: string,
  requests: number,
  tokens: readonly string[],
): Promise<Sample> {
  const ms = await load.send({ url, requests, tokens });
  return { value: (ms * 1_000) / requests, alongside: { "requests/s": Math.round((requests * 1_000) / ms) } };
}

/** Starts the sample with another billing backend. `token` mints a new token each time. */
async function startSample(backend: string) {
  const { policies } = loadPolicyFolder("policies", "dev");
  if (policies === undefined)
    throw new Error("The sample's policy files have errors: run npx portcullis check");
  const stack = await startStack({
    policies: [policies],
    cache: "token",
    ttl: 3_600,
    port: 0,
    backendUrls: new Map([["billing", backend]]),
  });
  const token = async (): Promise<string> => {
    const minted = await stack.provider("main")?.mint({ tenants: ["acme"], roles: ["accountant"] });
    if (minted === undefined) throw new Error("The local stack has no issuer named main");
    return minted;
  };
  return { stack, token };
}

/** Starts a proxy that only forwards head and body in both directions. */
async function startProxy(backend: string): Promise<{ readonly server: Server; readonly url: string }> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, response) => {
    const { method, headers } = incoming;
    const outgoing = request(`${backend}${incoming.url}`, { method, headers, agent }, (upstream) => {
      response.writeHead(upstream.statusCode ?? 502, upstream.headers);
      upstream.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
