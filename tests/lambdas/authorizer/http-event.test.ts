import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import { describe, expect, test } from "vitest";
import type { LoggedResponse } from "../../../core/policy/authorizer-response.ts";
import { httpIamAdapter, httpSimpleAdapter } from "../../../lambdas/authorizer/events/http-event.ts";
import { BASE_ARN } from "../../support/api.ts";

const event = (changes: Partial<APIGatewayRequestAuthorizerEventV2> = {}): object => ({
  version: "2.0",
  type: "REQUEST",
  routeArn: `${BASE_ARN}/PATCH/users/ann`,
  identitySource: ["all-1", "Bearer x", "PATCH /users/{userId}"],
  routeKey: "PATCH /users/{userId}",
  rawPath: "/users/ann",
  rawQueryString: "",
  headers: { authorization: "Bearer x" },
  pathParameters: { userId: "ann" },
  stageVariables: { portcullis_all: "all-1" },
  requestContext: { requestId: "r-1" },
  ...changes,
});

const readHeaders = (headers: Record<string, string>) => {
  const parsed = httpIamAdapter.toRequest(event({ headers })).headers;
  return Object.fromEntries(
    Object.keys(headers).map((name) => [name.toLowerCase(), parsed.get(name.toLowerCase())]),
  );
};

describe("an event with payload format 2.0", () => {
  test("reaches the core with its route key", () => {
    const { headers: _, ...request } = httpIamAdapter.toRequest(event());
    expect(request).toEqual({
      method: "PATCH",
      resource: "/users/{userId}",
      methodArn: `${BASE_ARN}/PATCH/users/ann`,
      stageVariables: { portcullis_all: "all-1" },
    });
    expect(httpIamAdapter.requestId(event())).toBe("r-1");
  });

  test("has several values of a header if it contains a comma or has two spellings", () => {
    expect(readHeaders({ authorization: "Bearer a.b.c,Bearer d.e.f", "x-tenant": "acme" })).toEqual({
      authorization: ["Bearer a.b.c", "Bearer d.e.f"],
      "x-tenant": ["acme"],
    });
    expect(readHeaders({ Authorization: "Bearer a.b.c", authorization: "Bearer d.e.f" })).toEqual({
      authorization: ["Bearer a.b.c", "Bearer d.e.f"],
    });
  });

  test.each([
    ["of format 1.0", event({ version: "1.0" })],
    ["of a REST API", { type: "REQUEST", methodArn: `${BASE_ARN}/GET/x`, resource: "/x" }],
    ["of a TOKEN authorizer", { type: "TOKEN", authorizationToken: "x", methodArn: `${BASE_ARN}/GET/x` }],
  ])("is required: one %s is rejected", (_, other) => {
    expect(() => httpIamAdapter.toRequest(other)).toThrow("payload format 2.0");
  });
});

const logged: LoggedResponse = {
  response: {
    principalId: "ann",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "execute-api:Invoke", Resource: [`${BASE_ARN}/PATCH/users/ann`] },
        { Effect: "Deny", Action: "execute-api:Invoke", Resource: [`${BASE_ARN}/*//*`] },
      ],
    },
    context: { userId: "ann", reason: "route_not_granted" },
  },
  log: { outcome: "allow", policyBytes: 300 },
};

describe("a simple response", () => {
  test("allows what the policy allows, without a reason", () => {
    expect(httpSimpleAdapter.toResponse(logged, event())).toEqual({
      response: { isAuthorized: true, context: { userId: "ann" } },
      log: { outcome: "allow" },
    });
  });

  test.each([
    ["another user's path", { routeArn: `${BASE_ARN}/PATCH/users/bob`, pathParameters: { userId: "bob" } }],
    ["a parameter that the ARN hides", { pathParameters: { userId: "ann?x" } }],
    ["an ARN that the parameter hides", { routeArn: `${BASE_ARN}/PATCH/users/ann/x` }],
    ["an empty segment", { routeArn: `${BASE_ARN}/PATCH/users//ann` }],
    ["no parameters", { pathParameters: {} }],
    ["an encoded slash", { pathParameters: { userId: "ann%2Fx" } }],
  ])("denies %s, with the reason", (_, changes) => {
    expect(httpSimpleAdapter.toResponse(logged, event(changes))).toEqual({
      response: { isAuthorized: false, context: { userId: "ann", reason: "route_not_granted" } },
      log: { outcome: "deny", reason: "route_not_granted" },
    });
  });
});
