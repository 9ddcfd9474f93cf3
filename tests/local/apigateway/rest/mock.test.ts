import { afterEach, describe, expect, it } from "vitest";
import { closeServers, startGateway, type TestGateway } from "./harness.ts";

afterEach(closeServers);

const HEADERS = { "X-Static": {}, "X-Context": {}, "X-Stage": {}, "Content-Type": {} };

function gatewayWith(integration: object): Promise<TestGateway> {
  const method = {
    responses: { "200": { headers: HEADERS }, "204": { headers: HEADERS }, "404": {} },
    "x-amazon-apigateway-integration": {
      type: "MOCK",
      requestTemplates: { "application/json": '{"statusCode": 200}' },
      responses: { default: { statusCode: "200" } },
      ...integration,
    },
  };
  const stage = { name: "dev", variables: { color: "blue" } };
  return startGateway({ paths: { "/m/{id}": { "x-amazon-apigateway-any-method": method } } }, { stage });
}

function rendering(template: string): Promise<TestGateway> {
  const responseTemplates = { "application/json": template };
  return gatewayWith({ responses: { default: { statusCode: 200, responseTemplates } } });
}

const INTERNAL = { status: 500, json: { message: "Internal server error" } };

describe("a mock integration", () => {
  it("responds to a preflight request with static headers and without a body", async () => {
    const gateway = await gatewayWith({
      requestTemplates: { "application/json": "{statusCode:204}" },
      responses: {
        default: { statusCode: "404" },
        "204": {
          statusCode: 204,
          responseParameters: {
            "method.response.header.X-Static": "'GET,POST'",
            "method.response.header.X-Context": "context.httpMethod",
            "method.response.header.X-Stage": "stageVariables.color",
          },
        },
      },
    });
    const { status, headers, text } = await gateway.send("OPTIONS", "/m/1");
    expect([status, text]).toEqual([204, ""]);
    expect(headers).toMatchObject({ "x-static": "GET,POST", "x-context": "OPTIONS", "x-stage": "blue" });
  });

  it("selects the response by the status that the request template computes", async () => {
    const gateway = await gatewayWith({
      requestTemplates: {
        "application/json": `#if($input.params("id") == "1"){"statusCode": 404}#else{"statusCode": 200}#end`,
      },
      responses: { default: { statusCode: 200 }, "4\\d\\d": { statusCode: 404 } },
    });
    expect((await gateway.send("GET", "/m/1")).status).toBe(404);
    expect((await gateway.send("GET", "/m/2")).status).toBe(200);
  });

  it("renders parameters, context and stage variables, and an empty string for missing ones", async () => {
    const gateway = await rendering(
      `{"id":"$input.params('id')","q":"$input.params().querystring.q","h":"$input.params('X-H')",
        "m":"$context.httpMethod $context.identity.sourceIp","s":"$stageVariables.color","none":"$context.none.x$input.params('y')"}`,
    );
    const { json } = await gateway.send("GET", "/m/a%20b?q=1&q=2", { headers: { "X-H": "h" } });
    expect(json).toEqual({ id: "a%20b", q: "2", h: "h", m: "GET 127.0.0.1", s: "blue", none: "" });
  });

  it("lets a template override status and headers, and call Java's string methods", async () => {
    const gateway = await rendering(`#set($origin = $input.params("Origin"))
      #set($allowed = ["https://a.test", "https://b.test"])
      #if($allowed.contains($origin) && $origin.matches("https://.*") && !$origin.isEmpty() && $origin.length() == 14)
        #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)
        #set($context.responseOverride.header.content-type = "text/plain")
        #set($context.responseOverride.status = 202)
      #end`);
    const accepted = await gateway.send("GET", "/m/1", { headers: { Origin: "https://a.test" } });
    expect(accepted.status).toBe(202);
    expect(accepted.headers).toMatchObject({
      "access-control-allow-origin": "https://a.test",
      "content-type": "text/plain",
    });
    const other = await gateway.send("GET", "/m/1", { headers: { Origin: "https://a.test.evil" } });
    expect(other.status).toBe(200);
    expect(other.headers).not.toHaveProperty("access-control-allow-origin");
  });

  it("does not evaluate VTL in the values of a request", async () => {
    const gateway = await rendering(`$input.params("q")`);
    const { text } = await gateway.send(
      "GET",
      `/m/1?q=${encodeURIComponent("#set($x = 1)$x $context.stage")}`,
    );
    expect(text).toBe("#set($x = 1)$x $context.stage");
  });

  it.each([
    ["when_no_match", 500],
    ["when_no_templates", 415],
    ["never", 415],
  ])("with %s responds to a content type without a template with %s", async (passthroughBehavior, status) => {
    const gateway = await gatewayWith({ passthroughBehavior });
    const response = await gateway.send("POST", "/m/1", {
      headers: { "content-type": "text/csv" },
      body: "x",
    });
    expect(response.status).toBe(status);
    expect(response.json).toEqual({
      message: status === 415 ? "Unsupported Media Type" : "Internal server error",
    });
  });

  it.each([
    ["gives no status", { requestTemplates: { "application/json": "{}" } }],
    ["has no response for the status", { responses: { "204": { statusCode: 204 } } }],
    ["fails", { requestTemplates: { "application/json": '$input.params("id").matches("(")' } }],
    [
      "sets an invalid status",
      {
        responses: {
          default: {
            statusCode: 200,
            responseTemplates: { "application/json": "#set($context.responseOverride.status = 7)" },
          },
        },
      },
    ],
  ])("is a 500 when its template %s", async (_, integration) => {
    const gateway = await gatewayWith(integration);
    expect(await gateway.send("GET", "/m/1")).toMatchObject(INTERNAL);
    expect(gateway.log[0]).toMatchObject({ responseType: "API_CONFIGURATION_ERROR" });
  });
});
