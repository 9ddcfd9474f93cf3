import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpGateway } from "../../../../local/apigateway/http/gateway.ts";
import type { Invocable } from "../../../../local/apigateway/rest/gateway.ts";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const ARN = (name: string): string => `arn:aws:lambda:eu-west-1:123456789012:function:${name}:live`;
const URI = (name: string): string =>
  `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${ARN(name)}/invocations`;
const returns = (payload: unknown): Invocable => ({ invoke: () => Promise.resolve({ ok: true, payload }) });
const fails = (errorMessage: string): Invocable => ({
  invoke: () => Promise.resolve({ ok: false, error: { errorType: "Error", errorMessage } }),
});

interface Settings {
  readonly authorizer?: Invocable;
  readonly backend?: Invocable;
  readonly identitySource?: string;
  readonly simple?: boolean;
}

/** Starts an API of `GET /a` and `PUT /b/{id}`, both guarded. Returns a function that sends requests to it. */
async function startApi({ authorizer, backend, identitySource, simple = true }: Settings) {
  const operation = {
    security: [{ guard: [] }],
    "x-amazon-apigateway-integration": {
      type: "aws_proxy",
      httpMethod: "POST",
      uri: URI("backend"),
      payloadFormatVersion: "2.0",
    },
  };
  const gateway = createHttpGateway({
    definition: {
      openapi: "3.0.3",
      paths: { "/a": { get: operation }, "/b/{id}": { put: operation } },
      components: {
        securitySchemes: {
          guard: {
            type: "apiKey",
            "x-amazon-apigateway-authorizer": {
              type: "request",
              authorizerUri: URI("authorizer"),
              authorizerPayloadFormatVersion: "2.0",
              enableSimpleResponses: simple,
              identitySource: identitySource ?? "$request.header.Authorization, $context.routeKey",
              authorizerResultTtlInSeconds: 60,
            },
          },
        },
      },
    },
    functions: new Map([
      [ARN("authorizer"), authorizer ?? returns({ isAuthorized: true, context: { userId: "ann" } })],
      [ARN("backend"), backend ?? returns({ ok: true })],
    ]),
    stage: { name: "$default", variables: { color: "blue" } },
    region: "eu-west-1",
    accountId: "123456789012",
    apiId: "api1234567",
  });
  const server = createServer((req, res) => gateway.handle(req, res));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async (method: string, path: string, init: RequestInit = {}) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      ...init,
      headers: { authorization: "Bearer x", ...init.headers },
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

/** Creates a function that records its events. */
function recording(payload: unknown): Invocable & { readonly events: Record<string, unknown>[] } {
  const events: Record<string, unknown>[] = [];
  return {
    events,
    invoke: (event) => {
      events.push(event as Record<string, unknown>);
      return Promise.resolve({ ok: true, payload });
    },
  };
}

describe("a Lambda authorizer of an HTTP API", () => {
  it.each([
    ["allows", returns({ isAuthorized: true }), 200, '{"ok":true}'],
    ["denies", returns({ isAuthorized: false }), 403, '{"message":"Forbidden"}'],
    ["throws Unauthorized", fails("Unauthorized"), 401, '{"message":"Unauthorized"}'],
    ["fails", fails("boom"), 500, '{"message":"Internal Server Error"}'],
    [
      "returns a malformed response",
      returns({ isAuthorized: "yes" }),
      500,
      '{"message":"Internal Server Error"}',
    ],
    ["returns nothing", returns(null), 500, '{"message":"Internal Server Error"}'],
    [
      "returns a policy where simple responses are enabled",
      returns({ principalId: "a", policyDocument: {} }),
      500,
      '{"message":"Internal Server Error"}',
    ],
  ] as const)("that %s leads to the expected status", async (_, authorizer, status, text) => {
    const send = await startApi({ authorizer });
    expect(await send("GET", "/a")).toMatchObject({ status, text });
  });

  it("is not called when an identity source is missing or empty", async () => {
    const authorizer = recording({ isAuthorized: true });
    const send = await startApi({
      authorizer,
      identitySource: "$request.header.Authorization, $request.header.X-Tenant",
    });
    expect(await send("GET", "/a")).toMatchObject({ status: 401 });
    expect(await send("GET", "/a", { headers: { "x-tenant": "" } })).toMatchObject({ status: 401 });
    expect(authorizer.events).toEqual([]);
  });

  it("is called once for all routes that have the same cache key, so the route must be part of the key", async () => {
    const authorizer = recording({ isAuthorized: true });
    const shared = await startApi({ authorizer, identitySource: "$request.header.Authorization" });
    for (const [method, path] of [
      ["GET", "/a"],
      ["PUT", "/b/1"],
    ] as const)
      expect(await shared(method, path)).toMatchObject({ status: 200 });
    expect(authorizer.events).toHaveLength(1);
    const apart = await startApi({ authorizer });
    for (const [method, path] of [
      ["GET", "/a"],
      ["PUT", "/b/1"],
      ["PUT", "/b/2"],
    ] as const)
      expect(await apart(method, path)).toMatchObject({ status: 200 });
    expect(authorizer.events).toHaveLength(3);
  });

  it("that returns a policy is called once, and the policy is evaluated for every request", async () => {
    const arn = "arn:aws:execute-api:eu-west-1:123456789012:api1234567/$default/PUT/b/1";
    const authorizer = recording({
      principalId: "ann",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: [arn] }],
      },
    });
    const send = await startApi({ authorizer, simple: false });
    expect(await send("PUT", "/b/1")).toMatchObject({ status: 200 });
    expect(await send("PUT", "/b/2")).toMatchObject({ status: 403 });
    expect(authorizer.events).toHaveLength(1);
  });

  it("gets an event of format 2.0 without the body", async () => {
    const authorizer = recording({ isAuthorized: true });
    const send = await startApi({ authorizer });
    await send("PUT", "/b/x%20y?q=1&q=2", { body: "secret", headers: { cookie: "c=1" } });
    expect(authorizer.events[0]).toMatchObject({
      version: "2.0",
      type: "REQUEST",
      routeArn: "arn:aws:execute-api:eu-west-1:123456789012:api1234567/$default/PUT/b/x%20y",
      identitySource: ["Bearer x", "PUT /b/{id}"],
      routeKey: "PUT /b/{id}",
      rawPath: "/b/x%20y",
      rawQueryString: "q=1&q=2",
      queryStringParameters: { q: "1,2" },
      cookies: ["c=1"],
      headers: { authorization: "Bearer x" },
      pathParameters: { id: "x%20y" },
      stageVariables: { color: "blue" },
    });
    expect(JSON.stringify(authorizer.events)).not.toContain("secret");
  });
});

describe("a Lambda backend of an HTTP API", () => {
  it("gets the caller as authorizer.lambda, and a binary body as base64", async () => {
    const backend = recording({});
    const send = await startApi({ backend });
    await send("PUT", "/b/1", { body: "{}", headers: { "content-type": "application/json" } });
    await send("PUT", "/b/1", { body: "{}", headers: { "content-type": "application/octet-stream" } });
    expect(backend.events).toMatchObject([
      { requestContext: { authorizer: { lambda: { userId: "ann" } } }, body: "{}", isBase64Encoded: false },
      { body: "e30=", isBase64Encoded: true },
    ]);
  });

  it.each([
    ["text/csv; charset=utf-8", false],
    ["application/json", false],
    ["application/xml", false],
    ["application/javascript", false],
    ["application/x-www-form-urlencoded", true],
    ["application/vnd.api+json", true],
    ["multipart/form-data; boundary=x", true],
    ["", true],
  ])("gets a body of the content type %s as base64: %s", async (type, isBase64Encoded) => {
    const backend = recording({});
    const send = await startApi({ backend });
    await send("PUT", "/b/1", {
      body: Buffer.from("{}"),
      headers: type === "" ? {} : { "content-type": type },
    });
    expect(backend.events).toMatchObject([{ body: isBase64Encoded ? "e30=" : "{}", isBase64Encoded }]);
  });

  it.each([
    ["a string", "hello", 200, '"hello"', "application/json"],
    [
      "a whole response",
      { statusCode: 201, headers: { "Content-Type": "text/plain" }, body: "aGk=", isBase64Encoded: true },
      201,
      "hi",
      "text/plain",
    ],
    [
      "an invalid status",
      { statusCode: "ok" },
      500,
      '{"message":"Internal Server Error"}',
      "application/json",
    ],
  ])("that returns %s has its response", async (_, payload, status, text, type) => {
    const send = await startApi({ backend: returns(payload) });
    const response = await send("GET", "/a");
    expect([response.status, response.text, response.headers.get("content-type")]).toEqual([
      status,
      text,
      type,
    ]);
  });

  it("that fails gets a 500, and each of its cookies is a separate header", async () => {
    const failed = await startApi({ backend: fails("boom") });
    expect(await failed("GET", "/a")).toMatchObject({
      status: 500,
      text: '{"message":"Internal Server Error"}',
    });
    const send = await startApi({ backend: returns({ statusCode: 200, cookies: ["a=1", "b=2"] }) });
    expect((await send("GET", "/a")).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });
});
