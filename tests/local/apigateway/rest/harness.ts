import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  request,
  type Server,
} from "node:http";
import type { AddressInfo } from "node:net";
import {
  type AccessLogEntry,
  createGateway,
  type Gateway,
  type GatewayOptions,
  type Invocable,
} from "../../../../local/apigateway/rest/gateway.ts";

export const AUTHORIZER_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:authorizer:live";
export const BACKEND_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:backend:live";

/** The ARN of the stage; a method's ARN is this with `/{VERB}{path}` appended. */
export const BASE = "arn:aws:execute-api:eu-west-1:123456789012:api1234567/dev";

const servers: Server[] = [];

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly bytes: Buffer;
  /** The body as JSON, or undefined. */
  readonly json: unknown;
}

export interface Sent {
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

export interface TestGateway extends Gateway {
  readonly url: string;
  readonly port: number;
  readonly log: AccessLogEntry[];
  /** Sends a request with its path exactly as given. */
  send(method: string, path: string, sent?: Sent): Promise<Received>;
}

export function invocationUri(arn: string): string {
  return `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${arn}/invocations`;
}

/** Builds an operation with the echoing backend. */
export function operation(extra: object = {}, integration: object = {}): object {
  const backend = { type: "aws_proxy", httpMethod: "POST", uri: invocationUri(BACKEND_ARN), ...integration };
  return { responses: {}, "x-amazon-apigateway-integration": backend, ...extra };
}

/** Builds an operation behind the authorizer of {@link authorizerScheme}. */
export function guarded(extra: object = {}): object {
  return operation({ security: [{ main: [] }], ...extra });
}

export function authorizerScheme(settings: object = {}): object {
  return {
    type: "apiKey",
    name: "Authorization",
    in: "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
      type: "request",
      authorizerUri: invocationUri(AUTHORIZER_ARN),
      identitySource: "method.request.header.Authorization",
      authorizerResultTtlInSeconds: 300,
      ...settings,
    },
  };
}

export function invocable(handler: (event: Record<string, unknown>) => unknown): Invocable {
  return {
    async invoke(event) {
      try {
        const payload: unknown = await handler(JSON.parse(JSON.stringify(event)));
        return { ok: true, payload: payload === undefined ? null : JSON.parse(JSON.stringify(payload)) };
      } catch (error) {
        const { name, message } = error instanceof Error ? error : new Error(String(error));
        return { ok: false, error: { errorType: name, errorMessage: message } };
      }
    },
  };
}

/** A backend that returns its event as the body. */
export const echo = invocable((event) => ({ statusCode: 200, body: JSON.stringify(event) }));

export function policy(effect: "Allow" | "Deny", resource: string | string[], extra: object = {}): object {
  return {
    principalId: "ann",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Effect: effect, Action: "execute-api:Invoke", Resource: resource }],
    },
    ...extra,
  };
}

export function options(definition: object, changes: Partial<GatewayOptions> = {}): GatewayOptions {
  return {
    definition: { openapi: "3.0.1", paths: {}, ...definition },
    functions: new Map([[BACKEND_ARN, echo]]),
    stage: { name: "dev", variables: {} },
    region: "eu-west-1",
    accountId: "123456789012",
    apiId: "api1234567",
    ...changes,
  };
}

export async function startGateway(
  definition: object,
  changes: Partial<GatewayOptions> = {},
): Promise<TestGateway> {
  const log: AccessLogEntry[] = [];
  const gateway = createGateway({ ...options(definition, changes), onAccessLog: (entry) => log.push(entry) });
  const port = await listen((req, res) => gateway.handle(req, res));
  return {
    ...gateway,
    port,
    url: `http://127.0.0.1:${port}`,
    log,
    send: (method, path, sent) => send(port, method, path, sent),
  };
}

/** Starts a server on a free port of the loopback address. */
export async function listen(listener: RequestListener): Promise<number> {
  const server = createServer({ maxHeaderSize: 65_536 }, listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

export async function closeServers(): Promise<void> {
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
}

/** Sends a request with path and headers exactly as given. */
export function send(port: number, method: string, path: string, sent: Sent = {}): Promise<Received> {
  return new Promise((resolve, reject) => {
    const target = { host: "127.0.0.1", port, method, path, agent: false, headers: sent.headers ?? {} };
    request(target, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      const text = bytes.toString();
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text,
        bytes,
        json: parse(text),
      });
    })
      .on("error", reject)
      .end(sent.body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
