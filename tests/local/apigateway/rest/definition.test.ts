import { describe, expect, it } from "vitest";
import { createGateway, DefinitionError } from "../../../../local/apigateway/rest/gateway.ts";
import {
  AUTHORIZER_ARN,
  authorizerScheme,
  BACKEND_ARN,
  echo,
  guarded,
  invocationUri,
  operation,
  options,
} from "./harness.ts";

const functions = new Map([
  [AUTHORIZER_ARN, echo],
  [BACKEND_ARN, echo],
] as const);

function importing(definition: object): () => unknown {
  return () => createGateway(options(definition, { functions }));
}

const withPaths = (...paths: string[]): object => ({
  paths: Object.fromEntries(paths.map((path) => [path, { get: operation() }])),
});
const withOperation = (get: object): object => ({ paths: { "/a": { get } } });
const withScheme = (settings: object, changes: object = {}): object => ({
  ...withOperation(guarded()),
  components: { securitySchemes: { main: { ...authorizerScheme(settings), ...changes } } },
});
const withIntegration = (integration: object, more: object = {}): object =>
  withOperation({ responses: { "200": {} }, ...more, "x-amazon-apigateway-integration": integration });
const http = (requestParameters: object, uri = "http://a.test/"): object => ({
  type: "http_proxy",
  uri,
  requestParameters,
});

describe("createGateway", () => {
  it("accepts a definition that API Gateway imports", () => {
    expect(importing({ ...withScheme({}), info: { title: "x" } })).not.toThrow();
  });

  it.each<[string, object, string]>([
    ["another OpenAPI version", { openapi: "3.1.0" }, "3.0"],
    ["a path without its slash", withPaths("a"), "a path must start with a slash"],
    ["an invalid character in a path", withPaths("/a~b"), 'the segment "a~b"'],
    ["a parameter within a segment", withPaths("/a-{id}"), 'the segment "a-{id}"'],
    ["an empty segment", withPaths("/a//b"), 'the segment ""'],
    ["a greedy parameter before the end", withPaths("/{p+}/a"), "the greedy {p+} must come last"],
    ["two names of one parameter", withPaths("/u/{a}", "/u/{b}/x"), "{b} has the sibling {a}"],
    [
      "a greedy parameter next to another parameter",
      withPaths("/u/{a}", "/u/{proxy+}"),
      "{proxy+} has the sibling {a}",
    ],
    ["the same resource twice", withPaths("/a", "/a/"), "is the same resource as /a"],
    ["TRACE", { paths: { "/a": { trace: {} } } }, "API Gateway has no TRACE method"],
    ["a path by reference", { paths: { "/a": { $ref: "#/x" } } }, "by reference"],
    ["an operation without integration", withOperation({}), "x-amazon-apigateway-integration"],
    ["an unsupported integration", withIntegration({ type: "aws" }), '"aws" cannot be run locally'],
    [
      "an unknown function",
      withOperation(operation({}, { uri: invocationUri("arn:x") })),
      "no local function for arn:x",
    ],
    [
      "a URI that is not a function's",
      withOperation(operation({}, { uri: "http://a.test" })),
      "is not the URI of a Lambda",
    ],
    ["an unknown scheme", withOperation(guarded()), '"main" is not a Lambda authorizer'],
    [
      "an unknown scheme at the root that an operation without security gets",
      { ...withOperation(operation()), security: [{ unknown: [] }] },
      '"unknown" is not a Lambda authorizer',
    ],
    ["two requirements", withOperation(operation({ security: [{ a: [] }, { b: [] }] })), "one authorizer"],
    ["two schemes", withOperation(operation({ security: [{ a: [], b: [] }] })), "one authorizer"],
    ["an optional requirement", withOperation(operation({ security: [{ a: [] }, {}] })), "one authorizer"],
    [
      "another kind of authorizer",
      withScheme({ type: "cognito_user_pools" }),
      '"cognito_user_pools" cannot be run',
    ],
    ["another authtype", withScheme({}, { "x-amazon-apigateway-authtype": "awsSigv4" }), "authtype custom"],
    [
      "a TTL above an hour",
      withScheme({ authorizerResultTtlInSeconds: "3601" }),
      "authorizerResultTtlInSeconds",
    ],
    ["caching without an identity source", withScheme({ identitySource: "" }), "needs an identity source"],
    [
      "a path parameter as identity source",
      withScheme({ identitySource: "method.request.path.id" }),
      "method.request.path.id",
    ],
    [
      "an identity source of HTTP APIs",
      withScheme({ identitySource: "$request.header.Authorization" }),
      "is not one of",
    ],
    [
      "two identity sources of a token authorizer",
      withScheme({ type: "token", identitySource: "method.request.header.A,method.request.header.B" }),
      "exactly one header",
    ],
    [
      "a query string as a token",
      withScheme({ type: "token", identitySource: "method.request.querystring.t" }),
      "exactly one header",
    ],
    [
      "a validation expression of a request authorizer",
      withScheme({ identityValidationExpression: ".*" }),
      "only a token authorizer",
    ],
    [
      "an invalid validation expression",
      withScheme({ type: "token", identityValidationExpression: "(" }),
      "is not a regular expression",
    ],
    [
      "an unknown function of an authorizer",
      withScheme({ authorizerUri: invocationUri("arn:x") }),
      "no local function",
    ],
    [
      "an unknown validator",
      withOperation(operation({ "x-amazon-apigateway-request-validator": "x" })),
      'no request validator "x"',
    ],
    [
      "an unknown parameter",
      withOperation(operation({ parameters: [{ $ref: "#/components/parameters/X" }] })),
      "there is no parameter",
    ],
    [
      "an unknown gateway response",
      { "x-amazon-apigateway-gateway-responses": { NOPE: {} } },
      "no such gateway response",
    ],
    [
      "an invalid parameter of a gateway response",
      {
        "x-amazon-apigateway-gateway-responses": { THROTTLED: { responseParameters: { "header.X": "'1'" } } },
      },
      "is not gatewayresponse.header",
    ],
    [
      "an invalid status of a gateway response",
      { "x-amazon-apigateway-gateway-responses": { THROTTLED: { statusCode: 42 } } },
      "must be a status",
    ],
    ["a URI that is not HTTP", withIntegration(http({}, "ftp://a.test/")), "not an http or https URI"],
    ["a variable host", withIntegration(http({}, "http://{host}/")), "not an http or https URI"],
    [
      "a path variable without a mapping",
      withIntegration(http({}, "http://a.test/{id}")),
      "nothing is mapped to {id}",
    ],
    [
      "a mapping from an undeclared parameter",
      withIntegration(http({ "integration.request.header.X": "method.request.header.Y" })),
      "method.request.header.Y is mapped but not among the parameters",
    ],
    [
      "a mapping to Content-Length, which is a 500 on AWS",
      withIntegration(http({ "integration.request.header.content-length": "'1'" })),
      "API Gateway cannot map the header content-length",
    ],
    [
      "a mapping to Transfer-Encoding, which is a 500 on AWS",
      withIntegration(http({ "integration.request.header.Transfer-Encoding": "'chunked'" })),
      "API Gateway cannot map the header Transfer-Encoding",
    ],
    [
      "a variable of the URI's query string without a mapping",
      withIntegration(http({}, "http://a.test/?q={id}")),
      "nothing is mapped to {id}",
    ],
    [
      "a mapping from the body",
      withIntegration(http({ "integration.request.header.X": "method.request.body" })),
      "is not one of",
    ],
    [
      "a mapping to an unknown target",
      withIntegration(http({ "integration.request.cookie.X": "'1'" })),
      "is not integration.request",
    ],
    [
      "an undeclared status of a mock",
      withIntegration({ type: "mock", responses: { default: { statusCode: 204 } } }),
      "response 204 is not declared",
    ],
    [
      "an undeclared header of a mock",
      withIntegration({
        type: "mock",
        responses: {
          default: { statusCode: 200, responseParameters: { "method.response.header.X": "'1'" } },
        },
      }),
      "is not a declared header",
    ],
    [
      "a mock's template that is not VTL",
      withIntegration({ type: "mock", requestTemplates: { "application/json": "#if(" } }),
      "not valid VTL",
    ],
  ])("rejects %s", (_, definition, message) => {
    expect(importing(definition)).toThrow(DefinitionError);
    expect(importing(definition)).toThrow(message);
  });

  it("rejects more than ten authorizers", () => {
    const schemes = Array.from({ length: 11 }, (_, index) => [`a${index}`, authorizerScheme()]);
    const components = { securitySchemes: Object.fromEntries(schemes) };
    expect(importing({ components })).toThrow("at most 10 authorizers");
  });

  it("reports all problems of shape at once", () => {
    const paths = { "/a": { get: { parameters: 1 } }, "/b": { trace: {} } };
    expect(importing({ paths })).toThrow("TRACE");
    expect(importing({ paths })).toThrow("parameters");
  });
});
