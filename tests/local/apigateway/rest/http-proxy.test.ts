import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import {
  AUTHORIZER_ARN,
  authorizerScheme,
  closeServers,
  invocable,
  listen,
  policy,
  startGateway,
  type TestGateway,
} from "./harness.ts";

afterEach(closeServers);

const echoRequest: RequestListener = async (req, res) => {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  const { method, url, headers } = req;
  res.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString("base64") }));
};

const context = { tenantId: "acme", userId: "ann" };
const authorizer = invocable(() => policy("Allow", "*", { context }));

async function gatewayWith(
  integration: object,
  uri = "",
  backend: RequestListener = echoRequest,
  binaryMediaTypes: readonly string[] = [],
): Promise<TestGateway> {
  const port = await listen(backend);
  const method = {
    security: [{ main: [] }],
    parameters: [
      { name: "id", in: "path", required: true },
      { name: "X-Trace", in: "header" },
      { name: "q", in: "query" },
    ],
    "x-amazon-apigateway-integration": {
      type: "http_proxy",
      httpMethod: "ANY",
      uri: `http://127.0.0.1:${port}${uri}`,
      ...integration,
    },
  };
  const definition = {
    paths: { "/items/{id}": { "x-amazon-apigateway-any-method": method } },
    components: { securitySchemes: { main: authorizerScheme() } },
    "x-amazon-apigateway-binary-media-types": binaryMediaTypes,
  };
  return await startGateway(definition, { functions: new Map([[AUTHORIZER_ARN, authorizer]]) });
}

const AUTH = { Authorization: "Bearer t" };
const byId = { "integration.request.path.id": "method.request.path.id" };

describe("an HTTP proxy integration", () => {
  it("forwards the method, the raw path parameter, the query string as sent and the body", async () => {
    const gateway = await gatewayWith({ requestParameters: byId }, "/v1/{id}/x?fixed=1");
    const body = Buffer.from("grün");
    const { json } = await gateway.send("PATCH", "/items/a%2Fb%20c?q=%41&q=+", { headers: AUTH, body });
    expect(json).toMatchObject({
      method: "PATCH",
      url: "/v1/a%2Fb%20c/x?fixed=1&q=%41&q=+",
      body: body.toString("base64"),
    });
  });

  it("uses the integration's own method if it has one", async () => {
    const gateway = await gatewayWith({ httpMethod: "PUT" });
    expect((await gateway.send("POST", "/items/1", { headers: AUTH })).json).toMatchObject({
      method: "PUT",
      url: "/",
    });
  });

  it("encodes values that are mapped into the path, except path parameters, and merges mapped query strings", async () => {
    const requestParameters = {
      "integration.request.path.tenant": "context.authorizer.tenantId",
      "integration.request.path.q": "method.request.querystring.q",
      "integration.request.querystring.tenant": "context.authorizer.tenantId",
      "integration.request.querystring.all": "method.request.querystring.q",
    };
    const gateway = await gatewayWith({ requestParameters }, "/{tenant}/{q}");
    const { json } = await gateway.send("GET", "/items/1?q=a&q=..%2F%3F", { headers: AUTH });
    expect(json).toMatchObject({ url: "/acme/..%2F%3F?q=a&q=..%2F%3F&tenant=acme&all=a&all=..%2F%3F" });
  });

  it("puts mapped values also into the URI's own query string", async () => {
    const requestParameters = {
      ...byId,
      "integration.request.path.q": "method.request.querystring.q",
      "integration.request.querystring.q2": "method.request.querystring.q",
    };
    const gateway = await gatewayWith({ requestParameters }, "/?id={id}&q2={q}");
    const { json } = await gateway.send("GET", "/items/1?q=a", { headers: AUTH });
    expect(json).toMatchObject({ url: "/?id=1&q2=a&q=a&q2=a" });
  });

  it("does not pass on the headers that API Gateway keeps to itself", async () => {
    const gateway = await gatewayWith({});
    const dropped = {
      "Content-MD5": "m",
      "Content-Encoding": "x",
      "Max-Forwards": "2",
      Server: "s",
      "WWW-Authenticate": "Basic",
    };
    const { json } = await gateway.send("GET", "/items/1", { headers: { ...AUTH, ...dropped, Range: "r" } });
    expect(json).toMatchObject({ headers: { range: "r" } });
    for (const name of Object.keys(dropped)) expect(json).not.toHaveProperty(["headers", name.toLowerCase()]);
  });

  it("returns the backend's headers that API Gateway sets itself under other names", async () => {
    const gateway = await gatewayWith({}, "", (_, res) => {
      res.writeHead(401, {
        Server: "s",
        "WWW-Authenticate": "Bearer",
        "x-amzn-RequestId": "theirs",
        "Content-Length": 2,
      });
      res.end("{}");
    });
    const { headers } = await gateway.send("GET", "/items/1", { headers: AUTH });
    expect(headers).toMatchObject({
      "x-amzn-remapped-server": "s",
      "x-amzn-remapped-www-authenticate": "Bearer",
      "x-amzn-remapped-x-amzn-requestid": "theirs",
      "x-amzn-remapped-content-length": "2",
      "x-amzn-remapped-date": expect.any(String),
    });
    expect(headers).not.toHaveProperty("server");
    expect(headers).not.toHaveProperty("www-authenticate");
    expect(headers["x-amzn-requestid"]).not.toContain("theirs");
  });

  it("replaces only the client's header that is mapped, in any letter case", async () => {
    const requestParameters = {
      "integration.request.header.X-Tenant-Id": "context.authorizer.tenantId",
      "integration.request.header.X-Absent": "context.authorizer.absent",
      "integration.request.header.X-Static": "'it''s'",
      "integration.request.header.X-Copy": "method.request.header.X-Trace",
    };
    const gateway = await gatewayWith({ requestParameters });
    const headers = {
      ...AUTH,
      "x-tenant-ID": "evil",
      "X-Absent": "evil",
      "x-STATIC": "evil",
      X_Tenant_Id: "passed on",
      "x-trace": "t1",
      "X-Other": "kept",
    };
    const { json, text } = await gateway.send("GET", "/items/1", { headers });
    expect(json).toMatchObject({
      headers: {
        "x-tenant-id": "acme",
        x_tenant_id: "passed on",
        "x-static": "it''s",
        "x-copy": "t1",
        "x-other": "kept",
        authorization: "Bearer t",
      },
    });
    expect(text).not.toContain("evil");
    expect(json).not.toHaveProperty("headers.x-absent");
  });

  it("drops the headers of the connection, and no client can make it drop a mapped one", async () => {
    const requestParameters = { "integration.request.header.X-Tenant-Id": "context.authorizer.tenantId" };
    const gateway = await gatewayWith({ requestParameters });
    const headers = {
      ...AUTH,
      Connection: "close, X-Tenant-Id, X-Hop",
      "X-Hop": "1",
      TE: "trailers",
      Host: "evil.test",
    };
    const { json } = await gateway.send("GET", "/items/1", { headers });
    expect(json).toMatchObject({
      headers: { "x-tenant-id": "acme", host: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
    });
    expect(json).not.toHaveProperty("headers.x-hop");
    expect(json).not.toHaveProperty("headers.te");
  });

  it("returns status, headers and bytes unchanged, also for an error and a redirect", async () => {
    const gateway = await gatewayWith({}, "", (_, res) => {
      res.writeHead(302, { Location: "/there", "Set-Cookie": ["a=1", "b=2"], "Content-Encoding": "x" });
      res.end(Buffer.from([255, 0]));
    });
    const { status, headers, bytes } = await gateway.send("GET", "/items/1", { headers: AUTH });
    expect(status).toBe(302);
    expect(headers).toMatchObject({
      location: "/there",
      "set-cookie": ["a=1", "b=2"],
      "content-encoding": "x",
    });
    expect(bytes).toEqual(Buffer.from([255, 0]));
    expect(gateway.log[0]).toMatchObject({ status: 302, resource: "/items/{id}", tenantId: "acme" });
    expect(gateway.log[0]).not.toHaveProperty("responseType");
  });

  it("has no body for HEAD", async () => {
    const gateway = await gatewayWith({});
    expect(await gateway.send("HEAD", "/items/1", { headers: AUTH })).toMatchObject({
      status: 200,
      text: "",
    });
  });

  it("sends requests that may be repeated over one connection, and any other over its own", async () => {
    const sockets: unknown[] = [];
    const gateway = await gatewayWith({}, "", (req, res) => {
      sockets.push(req.socket);
      res.end("{}");
    });
    for (const method of ["GET", "PUT", "DELETE", "HEAD", "POST", "PATCH"])
      expect((await gateway.send(method, "/items/1", { headers: AUTH })).status).toBe(200);
    const [first, ...others] = sockets;
    expect(others.map((socket) => socket === first)).toEqual([true, true, true, false, false]);
  });

  it("does not fail when the backend closes a kept connection, and sends no POST twice", async () => {
    const sockets = new WeakSet<object>();
    const received: (string | undefined)[] = [];
    const gateway = await gatewayWith({}, "", (req, res) => {
      received.push(req.method);
      if (sockets.has(req.socket)) return void req.socket.destroy();
      sockets.add(req.socket);
      res.end("{}");
    });
    for (const method of ["GET", "GET", "PUT", "POST", "POST"])
      expect((await gateway.send(method, "/items/1", { headers: AUTH })).status).toBe(200);
    expect(received.filter((method) => method === "POST")).toHaveLength(2);
    expect(received.length).toBeGreaterThan(5);
  });

  it("returns 504 INTEGRATION_TIMEOUT for a backend that is too slow", async () => {
    const gateway = await gatewayWith({ timeoutInMillis: 50 }, "", () => {});
    const response = await gateway.send("GET", "/items/1", { headers: AUTH });
    expect(response).toMatchObject({ status: 504, json: { message: "Endpoint request timed out" } });
    expect(gateway.log[0]).toMatchObject({ responseType: "INTEGRATION_TIMEOUT" });
  });

  it.each<[string, RequestListener]>([
    ["closes the connection before the response", (req) => req.socket.destroy()],
    [
      "closes the connection inside the body",
      (_, res) => {
        res.writeHead(200, { "content-length": "10" });
        res.write("x", () => res.destroy());
      },
    ],
  ])("returns 504 INTEGRATION_FAILURE for a backend that %s", async (_, backend) => {
    const gateway = await gatewayWith({}, "", backend);
    const response = await gateway.send("GET", "/items/1", { headers: AUTH });
    expect(response).toMatchObject({
      status: 504,
      json: { message: "Network error communicating with endpoint" },
    });
    expect(gateway.log[0]).toMatchObject({ responseType: "INTEGRATION_FAILURE" });
  });

  it("returns 504 INTEGRATION_FAILURE when nothing listens on the port", async () => {
    const gateway = await gatewayWith({ uri: "http://127.0.0.1:9" });
    expect((await gateway.send("GET", "/items/1", { headers: AUTH })).status).toBe(504);
    expect(gateway.log[0]).toMatchObject({ responseType: "INTEGRATION_FAILURE" });
  });

  it("returns 500 for a mapped value that is not valid in a header", async () => {
    const requestParameters = { "integration.request.header.X": "'line\nbreak'" };
    const gateway = await gatewayWith({ requestParameters });
    const response = await gateway.send("GET", "/items/1", { headers: AUTH });
    expect(response).toMatchObject({ status: 500, json: { message: "Internal server error" } });
    expect(gateway.log[0]).toMatchObject({ responseType: "API_CONFIGURATION_ERROR" });
  });
});

describe("a body on its way to and from an HTTP backend", () => {
  const BYTES = Buffer.from([0, 1, 254, 255]);
  const asText = Buffer.from(BYTES.toString("utf8"));

  it.each([
    ["image/png", BYTES],
    ["IMAGE/png; q=1", BYTES],
    ["application/pdf", asText],
    [undefined, asText],
  ])("of the content type %s", async (type, expected) => {
    const gateway = await gatewayWith({}, "", echoRequest, ["image/png"]);
    const headers = { ...AUTH, ...(type !== undefined && { "Content-Type": type }) };
    const { json } = await gateway.send("POST", "/items/1", { headers, body: BYTES });
    expect(json).toMatchObject({
      body: expected.toString("base64"),
      headers: { "content-length": String(expected.length) },
    });
  });

  it.each([
    ["image/png", "image/png", BYTES, BYTES],
    ["image/jpeg", "image/png", BYTES, BYTES],
    ["image/png", "text/html", BYTES, Buffer.from(BYTES.toString("base64"))],
    ["image/png", undefined, BYTES, Buffer.from(BYTES.toString("base64"))],
    ["text/plain", "text/html", BYTES, asText],
    ["text/plain", "image/png", Buffer.from(BYTES.toString("base64")), BYTES],
  ])("from the backend as %s for the Accept %s", async (type, accept, sent, expected) => {
    const respond: RequestListener = (_, res) => {
      res.writeHead(200, { "Content-Type": type });
      res.end(sent);
    };
    const gateway = await gatewayWith({}, "", respond, ["image/png", "image/jpeg"]);
    const headers = { ...AUTH, ...(accept !== undefined && { Accept: accept }) };
    expect((await gateway.send("GET", "/items/1", { headers })).bytes).toEqual(expected);
  });

  it("is a 500 if the client accepts bytes, and the backend sends text that is not base64", async () => {
    const gateway = await gatewayWith({}, "", (_, res) => res.end("not found"), ["image/png"]);
    const { status } = await gateway.send("GET", "/items/1", { headers: { ...AUTH, Accept: "image/png" } });
    expect(status).toBe(500);
    expect(gateway.log[0]).toMatchObject({ note: expect.stringContaining("base64") });
  });

  it("stays as it is if the backend compressed it", async () => {
    const respond: RequestListener = (_, res) => {
      res.writeHead(200, { "Content-Type": "application/json", "Content-Encoding": "gzip" });
      res.end(BYTES);
    };
    const gateway = await gatewayWith({}, "", respond);
    expect((await gateway.send("GET", "/items/1", { headers: AUTH })).bytes).toEqual(BYTES);
  });
});
