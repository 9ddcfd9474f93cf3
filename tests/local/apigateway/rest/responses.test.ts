import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { GatewayOptions } from "../../../../local/apigateway/rest/gateway.ts";
import {
  AUTHORIZER_ARN,
  authorizerScheme,
  BACKEND_ARN,
  closeServers,
  echo,
  guarded,
  invocable,
  operation,
  policy,
  startGateway,
  type TestGateway,
} from "./harness.ts";

afterEach(closeServers);

const deny = invocable(() => policy("Deny", "*", { context: { reason: "no_role", odd: "\u0142" } }));

function gatewayWith(responses: object, changes: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  const definition = {
    paths: { "/a": { get: guarded(), post: operation() }, "/{proxy+}": { put: operation() } },
    components: { securitySchemes: { main: authorizerScheme({ authorizerResultTtlInSeconds: 0 }) } },
    "x-amazon-apigateway-gateway-responses": responses,
  };
  const functions = new Map([
    [AUTHORIZER_ARN, deny],
    [BACKEND_ARN, echo],
  ] as const);
  return startGateway(definition, { functions, ...changes });
}

const json = (template: string): object => ({ "application/json": template });

describe("gateway responses", () => {
  it("replace variables without escaping, and missing ones by an empty string", async () => {
    const template = `{"code":"$context.error.responseType","message":$context.error.messageString,
      "plain":"$context.error.message","reason":"$context.authorizer.reason","none":"$context.authorizer.none",
      "id":"$context.extendedRequestId","stage":"$stageVariables.color \${context.stage}","ua":"$method.request.header.User-Agent"}`;
    const stage = { name: "dev", variables: { color: "blue" } };
    const gateway = await gatewayWith({ ACCESS_DENIED: { responseTemplates: json(template) } }, { stage });
    const response = await gateway.send("GET", "/a", { headers: { "User-Agent": "u" } });
    const message = "User is not authorized to access this resource with an explicit deny";
    expect(response.json).toEqual({
      code: "ACCESS_DENIED",
      message,
      plain: message,
      reason: "no_role",
      none: "",
      id: response.headers["x-amz-apigw-id"],
      stage: "blue dev",
      ua: "u",
    });
  });

  it("do not evaluate VTL", async () => {
    const template = "#set($x = 1) $x $context.requestId";
    const gateway = await gatewayWith({ ACCESS_DENIED: { responseTemplates: json(template) } });
    const response = await gateway.send("GET", "/a", { headers: { "X-Amzn-RequestId": '","evil":"' } });
    expect(response.text).toBe('#set($x = 1) $x ","evil":"');
  });

  it("set status and headers, except a header without a value or with an invalid one", async () => {
    const responseParameters = {
      "gatewayresponse.header.X-Static": "'*'",
      "gatewayresponse.header.X-Origin": "method.request.header.Origin",
      "gatewayresponse.header.X-Reason": "context.authorizer.reason",
      "gatewayresponse.header.X-None": "method.request.header.None",
      "gatewayresponse.header.X-Odd": "context.authorizer.odd",
    };
    const gateway = await gatewayWith({ ACCESS_DENIED: { statusCode: 404, responseParameters } });
    const { status, headers } = await gateway.send("GET", "/a", { headers: { Origin: "https://a.test" } });
    expect(status).toBe(404);
    expect(headers).toMatchObject({
      "x-static": "*",
      "x-origin": "https://a.test",
      "x-reason": "no_role",
      "content-type": "application/json",
      "x-amzn-errortype": "AccessDeniedException",
    });
    expect(headers).not.toHaveProperty("x-none");
    expect(headers).not.toHaveProperty("x-odd");
  });

  it("fall back to DEFAULT_4XX, with the type's own status unless DEFAULT_4XX sets one", async () => {
    const template = json('{"type":"$context.error.responseType"}');
    const gateway = await gatewayWith({ DEFAULT_4XX: { responseTemplates: template }, ACCESS_DENIED: {} });
    const unknown = await gateway.send("DELETE", "/a");
    expect([unknown.status, unknown.json]).toEqual([403, { type: "MISSING_AUTHENTICATION_TOKEN" }]);
    expect((await gateway.send("GET", "/a")).json).toHaveProperty("message");
    const set = await gatewayWith({ DEFAULT_4XX: { statusCode: "418" } });
    expect((await set.send("DELETE", "/a")).status).toBe(418);
  });

  it("fall back to DEFAULT_5XX", async () => {
    const template = json("$context.error.responseType $context.error.messageString");
    const functions = new Map([
      [AUTHORIZER_ARN, invocable(() => null)],
      [BACKEND_ARN, echo],
    ] as const);
    const gateway = await gatewayWith({ DEFAULT_5XX: { responseTemplates: template } }, { functions });
    const response = await gateway.send("GET", "/a");
    expect([response.status, response.text]).toEqual([500, "AUTHORIZER_CONFIGURATION_ERROR null"]);
  });
});

describe("limits", () => {
  it("reject a payload above 10 MB with 413, and accept one of 10 MB", async () => {
    const gateway = await gatewayWith(
      { REQUEST_TOO_LARGE: { responseTemplates: { "application/json": "ours, which AWS ignores" } } },
      {
        functions: new Map([
          [AUTHORIZER_ARN, deny],
          [BACKEND_ARN, invocable(() => ({ statusCode: 204 }))],
        ] as const),
      },
    );
    const body = Buffer.alloc(10_485_760, "x");
    expect((await gateway.send("POST", "/a", { body })).status).toBe(204);
    const response = await gateway.send("POST", "/a", { body: Buffer.concat([body, Buffer.from("x")]) });
    expect(response).toMatchObject({ status: 413, json: { message: "Request Too Long" } });
    expect(gateway.log[1]).toMatchObject({ responseType: "REQUEST_TOO_LARGE" });
  });

  it("reject a request ARN above 1,600 bytes with 414", async () => {
    const gateway = await gatewayWith({});
    const prefix = "arn:aws:execute-api:eu-west-1:123456789012:api1234567/dev/PUT/".length;
    expect((await gateway.send("PUT", `/${"x".repeat(1_600 - prefix)}`)).status).toBe(200);
    const response = await gateway.send("PUT", `/${"x".repeat(1_601 - prefix)}`);
    expect(response).toMatchObject({ status: 414, json: { message: "Request-URI Too Long" } });
  });

  it("reject headers above 10,240 bytes in total with 431", async () => {
    const gateway = await gatewayWith({});
    expect((await gateway.send("POST", "/a", { headers: { "x-a": "y".repeat(10_000) } })).status).toBe(200);
    const headers = { "x-a": "y".repeat(5_200), "x-b": "y".repeat(5_200) };
    const response = await gateway.send("POST", "/a", { headers });
    expect(response).toMatchObject({ status: 431, json: { message: "Request Header Fields Too Large" } });
  });

  it("throttle with a token bucket that refills", async () => {
    let time = Date.now();
    const stage = { name: "dev", variables: {}, throttle: { rate: 2, burst: 3 } };
    const gateway = await gatewayWith({}, { stage, now: () => time });
    const statuses = async (count: number): Promise<number[]> => {
      const seen: number[] = [];
      for (let n = 0; n < count; n++) seen.push((await gateway.send("POST", "/a")).status);
      return seen;
    };
    expect(await statuses(4)).toEqual([200, 200, 200, 429]);
    time += 1_000;
    expect(await statuses(3)).toEqual([200, 200, 429]);
    expect(gateway.log.at(-1)).toMatchObject({ responseType: "THROTTLED" });
    expect((await gateway.send("POST", "/a")).json).toEqual({ message: "Too Many Requests" });
  });
});

describe("a request validator", () => {
  const parameters = [
    { name: "q", in: "query", required: true },
    { name: "X-Need", in: "header", required: true },
    { name: "optional", in: "query" },
  ];
  const validators = { all: { validateRequestParameters: true }, body: { validateRequestBody: true } };

  async function sendWith(
    root: object,
    own: object,
    path: string,
    headers: Record<string, string> = {},
  ): Promise<number> {
    const paths = {
      "/v": {
        parameters: [{ $ref: "#/components/parameters/Q" }],
        get: operation({ parameters: parameters.slice(1), ...own }),
      },
    };
    const components = { parameters: { Q: parameters[0] } };
    const gateway = await startGateway({
      paths,
      components,
      "x-amazon-apigateway-request-validators": validators,
      ...root,
    });
    return (await gateway.send("GET", path, { headers })).status;
  }
  const rootAll = { "x-amazon-apigateway-request-validator": "all" };

  it("returns 400 with the names of the missing parameters", async () => {
    const paths = { "/v": { get: operation({ parameters }) } };
    const gateway = await startGateway({
      paths,
      "x-amazon-apigateway-request-validators": validators,
      ...rootAll,
    });
    const response = await gateway.send("GET", "/v?optional=1");
    expect(response).toMatchObject({
      status: 400,
      json: { message: "Missing required request parameters: [X-Need, q]" },
    });
    expect(gateway.log[0]).toMatchObject({ responseType: "BAD_REQUEST_PARAMETERS" });
  });

  it("checks presence only, also of parameters of the path and by reference", async () => {
    expect(await sendWith(rootAll, {}, "/v?q=", { "x-need": "" })).toBe(200);
    expect(await sendWith(rootAll, {}, "/v", { "x-need": "1" })).toBe(400);
  });

  it("may be set on a single operation", async () => {
    const own = (name: string): object => ({ "x-amazon-apigateway-request-validator": name });
    expect(await sendWith({}, {}, "/v")).toBe(200);
    expect(await sendWith({}, own("all"), "/v")).toBe(400);
    expect(await sendWith(rootAll, own("body"), "/v")).toBe(200);
  });
});

describe("unusual requests", () => {
  async function raw(port: number, text: string): Promise<string> {
    return await new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      let received = "";
      socket.on("data", (chunk) => {
        received += chunk.toString();
      });
      socket.on("error", reject).on("close", () => resolve(received));
      socket.end(text);
    });
  }

  it("with Expect: 100-continue get a response", async () => {
    const gateway = await gatewayWith({});
    const head =
      "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    expect(await raw(gateway.port, head)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  it("that are incomplete do not stop the gateway", async () => {
    const gateway = await gatewayWith({});
    await raw(gateway.port, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort");
    expect((await gateway.send("POST", "/a")).status).toBe(200);
  });

  it("over HTTP/1.0 without a host get a response", async () => {
    const gateway = await gatewayWith({});
    expect(await raw(gateway.port, "POST /a HTTP/1.0\r\n\r\n")).toMatch(/"domainName":""/);
  });

  it("get their response also when the access log throws", async () => {
    const definition = { paths: { "/a": { post: operation() } } };
    const gateway = await startGateway(definition);
    gateway.log.push = () => {
      throw new Error("full");
    };
    expect((await gateway.send("POST", "/a")).status).toBe(200);
  });
});
