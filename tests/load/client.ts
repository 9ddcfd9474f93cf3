import { Agent, request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";

export interface ClientResponse {
  readonly status: number;
  readonly body: unknown;
}

/** A keep-alive connection that sends one request at a time. */
export interface Connection {
  send(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<ClientResponse>;
  close(): void;
}

/** Longer than any timeout of the stack. */
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
        request.on("timeout", () => request.destroy(new Error(`No response to ${method} ${path}`)));
        request.on("error", reject);
        request.end();
      }),
    close: () => agent.destroy(),
  };
}
