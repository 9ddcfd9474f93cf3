import { Agent, request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";

export interface ClientAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One connection that is kept alive, and one request at a time on it. */
export interface Connection {
  send(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<ClientAnswer>;
  close(): void;
}

/** Longer than anything that is waited for inside. */
const TIMEOUT_MS = 45_000;

export function connect(origin: string): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    send: (method, path, headers) =>
      new Promise((resolve, reject) => {
        const request = httpRequest(
          `${origin}${path}`,
          { method, headers, agent, timeout: TIMEOUT_MS },
          (response) => {
            text(response)
              .then((body) => ({ status: response.statusCode ?? 0, body: JSON.parse(body) as unknown }))
              .then(resolve, reject);
          },
        );
        request.on("timeout", () => request.destroy(new Error(`No answer to ${method} ${path}`)));
        request.on("error", reject);
        request.end();
      }),
    close: () => agent.destroy(),
  };
}
