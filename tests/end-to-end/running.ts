import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { type Stack, type StackOptions, startStack } from "../../local/stack.ts";

/** A local stack with all lines that it logged. */
export interface Running {
  readonly stack: Stack;
  readonly logs: string[];
}

export async function runStack(options: Omit<StackOptions, "ttl" | "port">): Promise<Running> {
  const logs: string[] = [];
  const stack = await startStack({
    ttl: 60,
    port: 0,
    onAccessLog: (entry) => logs.push(JSON.stringify(entry)),
    onLambdaLog: (line) => logs.push(line),
    ...options,
  });
  return { stack, logs };
}

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly token?: string;
  /** A header with several values is sent several times. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as JSON; empty if there is no body. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends a request with exactly this path, which `fetch` would normalise. */
export function send(
  { stack }: Running,
  { method = "GET", path, token, headers = {} }: Sent,
): Promise<Received> {
  const { hostname, port } = new URL(stack.origin);
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { hostname, port, path, method, headers: { ...authorization, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const body = text === "" ? {} : (JSON.parse(text) as Received["body"]);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}

/** Counts the decisions that the authorizer has logged. */
export const countDecisions = ({ logs }: Running): number =>
  logs.filter((line) => line.includes('"message":"decision"')).length;
