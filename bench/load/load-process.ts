import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** So many requests at once, each with the next of the tokens. */
export interface Load {
  readonly url: string;
  readonly requests: number;
  readonly tokens: readonly string[];
}

/** What the process answers: where its backend listens, then what each load took. */
export type LoadAnswer = { readonly backend: string } | { readonly ms: number } | { readonly error: string };

const CONNECTIONS = 16;
const BODY = JSON.stringify({ id: 42, total: "12.00" });

/** A backend, and a client that keeps its connections: apart from what is measured between the two. */
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const backend = createServer((_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": BODY.length }).end(BODY);
});
backend.listen(0, "127.0.0.1", () => {
  answer({ backend: `http://127.0.0.1:${(backend.address() as AddressInfo).port}` });
});
process.on("message", async (load: Load) => {
  const started = performance.now();
  try {
    let next = 0;
    const one = async (): Promise<void> => {
      while (next < load.requests) await send(load, next++);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, one));
    answer({ ms: performance.now() - started });
  } catch (error) {
    answer({ error: String(error) });
  }
});
process.on("disconnect", () => process.exit());

function answer(message: LoadAnswer): void {
  process.send?.(message);
}

/** @throws where the answer is not the backend's own */
function send({ url, tokens }: Load, index: number): Promise<void> {
  const headers = { authorization: `Bearer ${tokens[index % tokens.length]}` };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers }, (response) => {
      let text = "";
      response.on("data", (part: Buffer) => {
        text += part.toString();
      });
      response.on("end", () => {
        if (text === BODY) resolve();
        else reject(new Error(`${response.statusCode} ${text}`));
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}
