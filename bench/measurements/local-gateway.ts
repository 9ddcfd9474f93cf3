import { Agent, createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import { startStack } from "../../local/stack.ts";
import { type LoadProcess, startLoad } from "../load/load.ts";
import type { Case, Measurement, Sample } from "../measurement.ts";

const PATH = "/invoices/42";
/** Requests of a round: as many tokens are signed for the misses, which takes longer than the round. */
const HITS = 2_000;
const MISSES = 400;

/**
 * The whole local stack before an HTTP backend, and a plain proxy before the same. Gateway and proxy are in this
 * process; client and backend share another one, so that two cores are enough.
 */
export const localGateway: Measurement = {
  name: "local-gateway",
  about:
    "a request through the local gateway, 16 at once, beside a plain node:http proxy to the same backend",
  unit: "µs a request",
  async prepare(quick) {
    const load = await startLoad();
    const proxy = await startProxy(load.backend);
    const { stack, token } = await startSample(load.backend);
    const part = quick ? 10 : 1;
    const [hits, misses] = [HITS / part, MISSES / part];
    const known = await token();
    const measured = (name: string, kind: Case["kind"], round: Case["round"]): Case => ({
      name,
      kind,
      round,
    });
    return {
      cases: [
        measured("plain proxy", "floor", () => timed(load, `${proxy.url}${PATH}`, hits, [known])),
        measured("cache hits", "ours", () => timed(load, `${stack.origin}${PATH}`, hits, [known])),
        measured("cache misses", "ours", async () => {
          const tokens = await Promise.all(Array.from({ length: misses }, token));
          return timed(load, `${stack.origin}${PATH}`, misses, tokens);
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

async function timed(
  load: LoadProcess,
  url: string,
  requests: number,
  tokens: readonly string[],
): Promise<Sample> {
  const ms = await load.send({ url, requests, tokens });
  return { value: (ms * 1_000) / requests, beside: { "requests/s": Math.round((requests * 1_000) / ms) } };
}

/** The sample's policies, with the billing backend elsewhere; `token` mints another one each time. */
async function startSample(backend: string) {
  const { policies } = loadPolicyFolder("policies", "dev");
  if (policies === undefined) throw new Error("The sample's policy files have errors");
  const stack = await startStack({
    policies: [policies],
    cache: "token",
    ttl: 3_600,
    port: 0,
    backendUrls: new Map([["billing", backend]]),
  });
  const token = async (): Promise<string> => {
    const minted = await stack.provider("main")?.mint({ tenants: ["acme"], roles: ["accountant"] });
    if (minted === undefined) throw new Error("There is no issuer main");
    return minted;
  };
  return { stack, token };
}

/** The least that a proxy does: the head and the body passed on, both ways. */
async function startProxy(backend: string): Promise<{ readonly server: Server; readonly url: string }> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, response) => {
    const { method, headers } = incoming;
    const outgoing = request(`${backend}${incoming.url}`, { method, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
