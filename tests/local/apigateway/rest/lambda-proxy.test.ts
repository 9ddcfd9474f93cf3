import { afterEach, describe, expect, it } from "vitest";
import type { Invocable } from "../../../../local/apigateway/rest/gateway.ts";
import {
  BACKEND_ARN,
  closeServers,
  echo,
  invocable,
  operation,
  startGateway,
  type TestGateway,
} from "./harness.ts";

afterEach(closeServers);

const BAD_GATEWAY = { status: 502, json: { message: "Internal server error" } };

function gatewayWith(
  backend: Invocable,
  definition: object = {},
  integration: object = {},
): Promise<TestGateway> {
  const paths = { "/x": { "x-amazon-apigateway-any-method": operation({}, integration) } };
  return startGateway({ paths, ...definition }, { functions: new Map([[BACKEND_ARN, backend]]) });
}

function returning(payload: unknown, definition: object = {}): Promise<TestGateway> {
  return gatewayWith(
    invocable(() => payload),
    definition,
  );
}

const binary = (...types: string[]): object => ({ "x-amazon-apigateway-binary-media-types": types });

describe("the Lambda proxy event", () => {
  it("has the last value and all values of each header, with names as sent", async () => {
    const gateway = await gatewayWith(echo);
    const { json } = await gateway.send("POST", "/x", { headers: { "X-Many": ["1", "2"], "x-lower": "3" } });
    expect(json).toMatchObject({
      resource: "/x",
      httpMethod: "POST",
      headers: { "X-Many": "2", "x-lower": "3", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http" },
      multiValueHeaders: { "X-Many": ["1", "2"], "x-lower": ["3"] },
      body: null,
      isBase64Encoded: false,
    });
  });

  it("lacks the client's headers that API Gateway does not pass on", async () => {
    const gateway = await gatewayWith(echo);
    const kept = { "Content-Encoding": "x", Date: "d", Via: "v", Range: "r", Authorization: "a" };
    const dropped = { "Content-MD5": "m", "Max-Forwards": "2", Server: "s", TE: "t" };
    const { json } = await gateway.send("GET", "/x", {
      headers: { ...kept, ...dropped, "WWW-Authenticate": "Basic", "Proxy-Authenticate": "Basic" },
    });
    expect(json).toMatchObject({ headers: kept });
    const names = [...Object.keys(dropped), "Connection", "WWW-Authenticate", "Proxy-Authenticate"];
    for (const name of names) expect(json).not.toHaveProperty(["headers", name]);
    for (const name of names) expect(json).not.toHaveProperty(["multiValueHeaders", name]);
  });

  it("keeps both slashes of //x in requestContext.path", async () => {
    const gateway = await gatewayWith(echo);
    const { json } = await gateway.send("GET", "//x");
    expect(json).toMatchObject({ path: "/x", requestContext: { path: "//x" } });
  });

  it("adds the caller's address to an X-Forwarded-For header of the client", async () => {
    const gateway = await gatewayWith(echo);
    const { json } = await gateway.send("GET", "/x", { headers: { "x-forwarded-for": "10.1.1.1" } });
    expect(json).toMatchObject({ headers: { "X-Forwarded-For": "10.1.1.1, 127.0.0.1" } });
  });

  it("can contain names that are special in JavaScript", async () => {
    const gateway = await gatewayWith(echo);
    const { text } = await gateway.send("GET", "/x?__proto__=1&constructor=2", {
      headers: { constructor: "3" },
    });
    expect(text).toContain('"queryStringParameters":{"__proto__":"1","constructor":"2"}');
    expect(text).toContain('"constructor":["3"]');
  });

  it("has the body as a string, or as base64 for a binary media type", async () => {
    const gateway = await gatewayWith(echo, binary("image/png"));
    const text = await gateway.send("POST", "/x", {
      body: "grün",
      headers: { "content-type": "text/plain" },
    });
    expect(text.json).toMatchObject({ body: "grün", isBase64Encoded: false });
    const png = await gateway.send("POST", "/x", {
      body: Buffer.from([0, 255]),
      headers: { "content-type": "IMAGE/png; q=1" },
    });
    expect(png.json).toMatchObject({ body: "AP8=", isBase64Encoded: true });
  });

  it("has the body as base64 for each subtype of a binary range", async () => {
    const gateway = await gatewayWith(echo, binary("image/*"));
    for (const [type, isBase64Encoded] of [
      ["image/x-own", true],
      ["imagex/png", false],
    ])
      expect(
        (await gateway.send("POST", "/x", { body: "a", headers: { "content-type": String(type) } })).json,
      ).toMatchObject({ isBase64Encoded });
  });

  it("has every body as base64 when */* is binary", async () => {
    const gateway = await gatewayWith(echo, binary("*/*"));
    const { json } = await gateway.send("POST", "/x", { body: "a" });
    expect(json).toMatchObject({ body: "YQ==", isBase64Encoded: true });
  });

  it("takes its requestId from the client, but never its extendedRequestId", async () => {
    const gateway = await gatewayWith(echo);
    const headers = { "X-Amzn-RequestId": "mine", "x-amz-apigw-id": "mine" };
    const response = await gateway.send("GET", "/x", { headers });
    expect(response.json).toMatchObject({ requestContext: { requestId: "mine" } });
    expect(response.headers["x-amzn-requestid"]).toBe("mine");
    expect(response.headers["x-amz-apigw-id"]).toMatch(/^[A-Za-z0-9+/]{15}=$/);
    expect(response.json).toHaveProperty(
      "requestContext.extendedRequestId",
      response.headers["x-amz-apigw-id"],
    );
  });
});

describe("the function's result", () => {
  it("is converted to status, headers and body, with JSON as the default type", async () => {
    const gateway = await returning({ statusCode: "201", headers: { "X-A": 1, "X-B": true }, body: "{}" });
    const { status, headers, text } = await gateway.send("GET", "/x");
    expect([status, text]).toEqual([201, "{}"]);
    expect(headers).toMatchObject({ "x-a": "1", "x-b": "true", "content-type": "application/json" });
  });

  it("may have headers and multiValueHeaders, which are merged without duplicates", async () => {
    const gateway = await returning({
      statusCode: 200,
      headers: { "set-cookie": "a=1", "Content-Type": "text/plain", "Content-Length": "99", Connection: "x" },
      multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] },
      body: "hi",
    });
    const { headers, text } = await gateway.send("GET", "/x");
    expect(headers).toMatchObject({
      "set-cookie": ["a=1", "b=2"],
      "content-type": "text/plain",
      "content-length": "2",
    });
    expect(text).toBe("hi");
  });

  it("has the values of multiValueHeaders first", async () => {
    const gateway = await returning({
      statusCode: 200,
      headers: { "x-many": "single" },
      multiValueHeaders: { "X-Many": ["one", "two"] },
    });
    expect((await gateway.send("GET", "/x")).headers["x-many"]).toBe("one, two, single");
  });

  it("is a 200 without a statusCode", async () => {
    const gateway = await returning({ headers: { "X-A": "1" } });
    expect(await gateway.send("GET", "/x")).toMatchObject({ status: 200, headers: { "x-a": "1" }, text: "" });
  });

  it("has its own WWW-Authenticate and Date under other names", async () => {
    const gateway = await returning({
      statusCode: 401,
      headers: { "WWW-Authenticate": "Bearer", Date: "d" },
    });
    const { headers } = await gateway.send("GET", "/x");
    expect(headers).toMatchObject({
      "x-amzn-remapped-www-authenticate": "Bearer",
      "x-amzn-remapped-date": "d",
    });
    expect(headers).not.toHaveProperty("www-authenticate");
  });

  it("is decoded from base64 only for a client that accepts a binary type of the API", async () => {
    const gateway = await returning(
      { statusCode: 200, body: "AP8=", isBase64Encoded: true },
      binary("image/png"),
    );
    const accepting = await gateway.send("GET", "/x", { headers: { accept: "image/png, text/html" } });
    expect(accepting.bytes).toEqual(Buffer.from([0, 255]));
    expect((await gateway.send("GET", "/x", { headers: { accept: "text/html" } })).text).toBe("AP8=");
  });

  it.each([
    ["image/png", true],
    ["IMAGE/PNG;q=0.5, text/html", true],
    ["application/whatever", true],
    ["application/*", true],
    ["image/jpeg", false],
    ["image/*", false],
    ["*/*", false],
    ["image/webp, image/png", false],
    ["application", false],
    ["random/test", false],
    [undefined, false],
  ])("is decoded for the Accept %s: %s", async (accept, isDecoded) => {
    const gateway = await returning(
      { statusCode: 200, body: "AP8=", isBase64Encoded: true },
      binary("image/png", "application/*", "*/test"),
    );
    const { text, bytes } = await gateway.send(
      "GET",
      "/x",
      accept === undefined ? {} : { headers: { accept } },
    );
    expect(isDecoded ? bytes : text).toEqual(isDecoded ? Buffer.from([0, 255]) : "AP8=");
  });

  it("is a 500 if it is to be decoded, but is not base64", async () => {
    const payload = { statusCode: 200, body: "èé+à)(", isBase64Encoded: true };
    const gateway = await returning(payload, binary("image/png"));
    expect((await gateway.send("GET", "/x", { headers: { accept: "image/png" } })).status).toBe(500);
    expect(await gateway.send("GET", "/x")).toMatchObject({ status: 200, text: payload.body });
  });

  it("has no body for HEAD", async () => {
    const gateway = await returning({ statusCode: 200, body: "body" });
    expect(await gateway.send("HEAD", "/x")).toMatchObject({ status: 200, text: "" });
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["a string", "ok"],
    ["nothing", {}],
    ["a member that API Gateway does not know", { statusCode: 200, cookies: ["a=1"] }],
    ["an invalid statusCode", { statusCode: "OK" }],
    ["a statusCode out of range", { statusCode: 99 }],
    ["a body that is an object", { statusCode: 200, body: {} }],
    ["nested headers", { statusCode: 200, headers: { a: { b: 1 } } }],
    ["a header with a line break", { statusCode: 200, headers: { a: "x\r\nSet-Cookie: y" } }],
    ["an invalid header name", { statusCode: 200, headers: { "a b": "x" } }],
  ])("is a 502 when it is malformed: %s", async (_, payload) => {
    const gateway = await returning(payload);
    expect(await gateway.send("GET", "/x")).toMatchObject(BAD_GATEWAY);
    expect(gateway.log[0]).toMatchObject({
      status: 502,
      responseType: "DEFAULT_5XX",
      note: "malformed Lambda proxy response",
    });
  });

  it("is a 502 without the error's message when the function fails", async () => {
    const gateway = await gatewayWith(invocable(() => Promise.reject(new TypeError("secret"))));
    const { status, json, headers } = await gateway.send("GET", "/x");
    expect({ status, json }).toEqual(BAD_GATEWAY);
    expect(headers["x-amzn-errortype"]).toBe("InternalServerErrorException");
    expect(JSON.stringify(gateway.log)).toContain("TypeError");
    expect(JSON.stringify(gateway.log)).not.toContain("secret");
  });

  it("is a 500 when the function is throttled or cannot be called", async () => {
    const error = { errorType: "TooManyRequestsException", errorMessage: "Rate Exceeded." };
    const throttled = await gatewayWith({ invoke: async () => ({ ok: false, error }) });
    expect(await throttled.send("GET", "/x")).toMatchObject({
      status: 500,
      json: { message: "Internal server error" },
    });
    const broken = await gatewayWith({ invoke: () => Promise.reject(new Error("bug")) });
    expect(await broken.send("GET", "/x")).toMatchObject({
      status: 500,
      json: { message: "Internal server error" },
    });
  });

  it("is a 504 when the function takes longer than timeoutInMillis", async () => {
    const gateway = await gatewayWith({ invoke: () => new Promise(() => {}) }, {}, { timeoutInMillis: "50" });
    expect(await gateway.send("GET", "/x")).toMatchObject({
      status: 504,
      json: { message: "Endpoint request timed out" },
    });
    expect(gateway.log[0]).toMatchObject({
      responseType: "INTEGRATION_TIMEOUT",
      integrationLatencyMs: expect.any(Number),
    });
  });
});
