import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** A number of requests, each with the next of the tokens. */
export interface Load {
  readonly url: string;
  readonly requests: number;
  readonly tokens: readonly string[];
}

/** Message of the process: first the URL of its backend, then the duration of each load. */
export type LoadMessage = { readonly backend: string } | { readonly ms: number } | { readonly error: string };

const CONNECTIONS = 16;
const BODY = JSON.stringify({ id: 42, total: "12.00" });

/** Keeps its connections open. Client and backend run outside the process that is measured between them. */
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const backend = createServer((_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": BODY.length }).end(BODY);
});
backend.listen(0, "127.0.0.1", () => {
  post({ backend: `http://127.0.0.1:${(backend.address() as AddressInfo).port}` });
});
process.on("message", async (load: Load) => {
  const started = performance.now();
  try {
    let next = 0;
    const sendInTurn = async (): Promise<void> => {
      while (next < load.requests) await send(load, next++);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, sendInTurn));
    post({ ms: performance.now() - started });
  } catch (error) {
    post({ error: String(error) });
  }
});
process.on("disconnect", () => process.exit());

function post(message: LoadMessage): void {
  process.send?.(message);
}

/** Sends one request. @throws Error if the response is not the backend's */
function send({ url, tokens }: Load, index: number): Promise<void> {
  const headers = { authorization: `Bearer ${tokens[index % tokens.length]}` };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers }, (response) => {
      let body = "";
      response.on("data", (part: Buffer) => {
        body += part.toString();
      });
      response.on("end", () => {
        if (body === BODY) resolve();
        else
          reject(new Error(`Expected the backend's response, but received ${response.statusCode} ${body}`));
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}
