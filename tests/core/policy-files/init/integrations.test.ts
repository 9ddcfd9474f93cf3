import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { startingFolder } from "../../../../core/policy-files/init/init.ts";
import { groupNotes } from "../../../../core/policy-files/init/notes.ts";
import { loadPolicies } from "../../../../core/policy-files/model/policy-set.ts";
import { httpDefinition } from "../../../../core/policy-files/openapi/http-definition.ts";
import { layoutFor } from "../../../support/compiled.ts";

type Json = Readonly<Record<string, unknown>>;

const lambda = (name: string): Json => ({
  type: "aws_proxy",
  httpMethod: "POST",
  uri: `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:${name}/invocations`,
});
const http = (uri: string, rest: Json = {}): Json => ({
  type: "http_proxy",
  httpMethod: "ANY",
  uri,
  ...rest,
});
const byId = { requestParameters: { "integration.request.path.id": "method.request.path.id" } };

/** Creates a folder of an exported document: one integration for each `key /path`. */
function folderOf(integrations: Readonly<Record<string, Json>>, rest: Json = {}) {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [place, integration] of Object.entries(integrations)) {
    const [key = "", path = ""] = place.split(" ");
    paths[path] = {
      ...paths[path],
      [key]: {
        responses: { 200: { description: "OK" } },
        "x-amazon-apigateway-integration": integration,
      },
    };
  }
  const servers = [{ url: "https://abc.execute-api.eu-west-1.amazonaws.com/{basePath}" }];
  const document = { openapi: "3.0.1", info: { title: "Exported", version: "1" }, servers, paths, ...rest };
  const folder = startingFolder(document);
  if (typeof folder === "string") throw new Error(folder);
  const { policies, problems } = loadPolicies(folder.files, "dev");
  if (policies === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  const backends = Object.fromEntries(policies.api.backends);
  const calls = policies.api.operations.map(({ route, backend, backendPath }) => [
    route.key,
    backend,
    ...(backendPath === undefined ? [] : [backendPath]),
  ]);
  const notes = groupNotes(folder.notes).map(({ kind, what, why }) => `${kind} ${what}: ${why}`);
  return { policies, backends, calls, notes };
}

describe("the backends of an exported document", () => {
  it("are its functions, each with its name", () => {
    const { backends, calls, notes } = folderOf({
      "get /orders": lambda("orders"),
      "post /orders": lambda("orders"),
      "get /bills": lambda("Billing_Service:live"),
    });
    expect(backends).toEqual({ orders: "lambda", "billing-service-live": "lambda" });
    expect(calls).toEqual([
      ["GET /orders", "orders"],
      ["POST /orders", "orders"],
      ["GET /bills", "billing-service-live"],
    ]);
    expect(notes.join("\n")).toContain(
      `function ${String(lambda("orders")["uri"])}: it is the backend orders`,
    );
    expect(notes.join("\n")).not.toContain("execute-api");
  });

  it.each([
    ["${orders_invoke_arn}", "orders-invoke-arn"],
    ["${aws_lambda_function.orders.invoke_arn}", "aws-lambda-function-orders"],
    [
      {
        "Fn::Sub":
          "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Orders.Arn}/invocations",
      },
      "orders",
    ],
    [String(lambda("${stageVariables.fn}")["uri"]), "fn"],
  ])("are functions also by the placeholder %j", (uri, name) => {
    expect(folderOf({ "get /a": { type: "AWS_PROXY", httpMethod: "POST", uri } }).backends).toEqual({
      [name]: "lambda",
    });
  });

  it("are its hosts, with the path that comes before those of all operations", () => {
    const { backends, calls, notes } = folderOf({
      "get /orders": http("https://shop.example.com/v1/orders"),
      "get /orders/{id}": http("https://shop.example.com/v1/orders/{id}", byId),
      "post /orders/{id}": http("https://shop.example.com/v1/internal/{id}/", byId),
      "x-amazon-apigateway-any-method /files/{proxy+}": http("http://files.example.com:8080/files/{proxy}", {
        requestParameters: { "integration.request.path.proxy": "method.request.path.proxy" },
      }),
    });
    expect(backends).toEqual({ shop: "http", files: "http" });
    expect(calls.slice(0, 4)).toEqual([
      ["GET /orders", "shop"],
      ["GET /orders/{id}", "shop"],
      ["POST /orders/{id}", "shop", "/internal/{id}/"],
      ["GET /files/{proxy+}", "files"],
    ]);
    expect(notes).toContainEqual(
      "changed server https://shop.example.com/v1: it is the backend shop: its URL belongs to the environment, and needs /v1 at its end",
    );
  });

  it("have the whole path of each operation if nothing comes before all of them", () => {
    const { calls } = folderOf({
      "get /orders": http("https://shop.example.com/v1/orders"),
      "get /other": http("https://shop.example.com/v2/other"),
      "get /": http("https://shop.example.com"),
    });
    expect(calls).toEqual([
      ["GET /orders", "shop", "/v1/orders"],
      ["GET /other", "shop", "/v2/other"],
      ["GET /", "shop"],
    ]);
  });

  it("are called with the route's parameters and with fixed values, by their names in the folder", () => {
    const requestParameters = {
      "integration.request.path.a": "method.request.path.orderId",
      "integration.request.path.b": "'main'",
    };
    const { calls } = folderOf({
      "get /orders/{orderId}": http("https://shop.example.com/{b}/o/{a}", { requestParameters }),
      "get /orders/{id}/x": http("https://shop.example.com/x/{id}", byId),
      "get /orders/{id}/y": http("https://shop.example.com/y"),
    });
    expect(calls).toEqual([
      ["GET /orders/{id}", "shop", "/main/o/{id}"],
      ["GET /orders/{id}/x", "shop", "/x/{id}"],
      ["GET /orders/{id}/y", "shop", "/y"],
    ]);
  });

  it("are hosts also by a placeholder", () => {
    const { backends, calls } = folderOf({
      "get /orders": http("https://${stageVariables.host}/orders"),
      "get /bills": http("${billing_url}/v2/bills"),
    });
    expect(backends).toEqual({ host: "http", "billing-url": "http" });
    expect(calls).toEqual([
      ["GET /orders", "host"],
      ["GET /bills", "billing-url"],
    ]);
  });

  it("are read from components, where an HTTP API's export has them", () => {
    const components = { "x-amazon-apigateway-integrations": { int1: lambda("orders") } };
    const ref = { $ref: "#/components/x-amazon-apigateway-integrations/int1" };
    const { backends, policies } = folderOf({ "get /a": ref }, { components });
    expect(backends).toEqual({ orders: "lambda" });
    expect(httpDefinition(policies.api, layoutFor(policies, "route"))).toBeDefined();
  });

  it.each([
    [{ type: "mock" }, "it is of type mock"],
    [{ type: "aws", uri: "arn:aws:apigateway:eu-west-1:sqs:action/SendMessage" }, "it is of type aws"],
    [
      { type: "aws_proxy", integrationSubtype: "SQS-SendMessage" },
      "it is of type aws_proxy, SQS-SendMessage",
    ],
    [{ type: "http", uri: "https://a.example/x" }, "it is of type http"],
    [http("https://a.example/x", { httpMethod: "POST" }), "it calls the backend by POST"],
    [http("https://a.example/x?fixed=1"), "its uri is https://a.example/x?fixed=1"],
    [http("ftp://a.example/x"), "its uri is ftp://a.example/x"],
    [
      http("https://a.example/${stageVariables.base}/x"),
      "its uri is https://a.example/${stageVariables.base}/x",
    ],
    [
      http("https://a.example/{q}", {
        requestParameters: { "integration.request.path.q": "method.request.querystring.q" },
      }),
      "nothing of the path fills {q} of its uri https://a.example/{q}",
    ],
  ])("are the default one, which is listed, for %j", (integration, what) => {
    const { calls, notes } = folderOf({ "get /x": integration, "get /y": lambda("y") });
    expect(calls).toEqual([
      ["GET /x", "backend"],
      ["GET /y", "y"],
    ]);
    expect(notes).toContainEqual(expect.stringContaining(`look at integration: ${what} (GET /x): `));
  });

  it("lose mapped headers and a VPC link, which is listed", () => {
    const { notes } = folderOf({
      "get /x": http("http://internal.example/x", {
        connectionType: "VPC_LINK",
        connectionId: "${stageVariables.link}",
        requestParameters: { "integration.request.header.X-User": "context.authorizer.sub" },
      }),
    });
    expect(notes).toContainEqual(
      expect.stringContaining("dropped integration.request.header.X-User: context.authorizer.sub (GET /x)"),
    );
    expect(notes).toContainEqual(expect.stringContaining("look at VPC link ${stageVariables.link} (GET /x)"));
  });

  it("are the document's servers if it has no integrations", () => {
    const document = parse(
      'openapi: 3.0.3\ninfo: { title: T, version: "1" }\nservers: [{ url: https://api.example.com/v2 }]\npaths: { /a: { get: {} } }\n',
    );
    const folder = startingFolder(document);
    expect(typeof folder === "string" ? folder : folder.backends).toEqual([
      { name: "backend", kind: "http", url: "https://api.example.com/v2", base: "/v2" },
    ]);
  });
});
