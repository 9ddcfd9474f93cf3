import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Moto } from "./moto.ts";

/** A call of AWS's API. */
export interface Call {
  /** For example `dynamodb` or `apigateway`. */
  readonly service: string;
  /** The operation, such as `PutItem`; for services that have paths instead, method and path. */
  readonly operation: string;
  readonly body: string;
}

/** A proxy in front of moto that records each call, in the order in which they arrive. */
export interface CallLog {
  /** moto, by way of the proxy. */
  readonly moto: Moto;
  readonly calls: Call[];
  close(): Promise<void>;
}

/** Starts a call log on a free port of loopback. */
export async function startCallLog(moto: Moto): Promise<CallLog> {
  const calls: Call[] = [];
  const server = createServer(async (incoming, response) => {
    const body = await readBody(incoming);
    calls.push({ service: readService(incoming), operation: readOperation(incoming), body: body.toString() });
    const { method, headers } = incoming;
    const forwarded = request(new URL(incoming.url ?? "/", moto.endpoint), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", () => response.destroy());
    forwarded.end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    moto: { ...moto, endpoint, environment: { ...moto.environment, AWS_ENDPOINT_URL: endpoint } },
    calls,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The scope of a signature names the service: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`. */
const readService = ({ headers }: IncomingMessage): string =>
  /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? "")?.[1] ?? "";

function readOperation({ headers, method, url }: IncomingMessage): string {
  const target = headers["x-amz-target"];
  return typeof target === "string" ? (target.split(".").at(-1) ?? "") : `${method ?? ""} ${url ?? ""}`;
}
