import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { handler } from "../../lambdas/sample-backend/index.ts";

const CONTEXT = { userId: "ann", tenantId: "acme", roles: "editor", issuer: "main", policyVersion: "v1" };

async function respondTo(changes: Record<string, unknown> = {}) {
  const event = {
    httpMethod: "PUT",
    path: "/documents/42",
    resource: "/documents/{documentId}",
    multiValueQueryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    requestContext: { authorizer: CONTEXT },
    ...changes,
  } as unknown as APIGatewayProxyEvent;
  const result = await handler(event);
  return { ...result, body: JSON.parse(result.body) as unknown };
}

describe("the sample backend", () => {
  it("responds to every route with the caller and the request", async () => {
    expect(await respondTo()).toMatchObject({
      statusCode: 200,
      headers: { "content-type": "application/json" },
      body: {
        caller: { userId: "ann", tenantId: "acme", roles: ["editor"], plan: null },
        request: {
          method: "PUT",
          path: "/documents/42",
          route: "PUT /documents/{documentId}",
          query: {},
          body: null,
        },
      },
    });
  });

  it("responds to an event with payload format 2.0 in the same way", async () => {
    const event = {
      version: "2.0",
      routeKey: "PUT /documents/{documentId}",
      rawPath: "/documents/42",
      rawQueryString: "tag=a&tag=b",
      requestContext: { http: { method: "PUT" }, authorizer: { lambda: CONTEXT } },
      body: "x",
      isBase64Encoded: false,
    } as unknown as APIGatewayProxyEventV2;
    expect(JSON.parse((await handler(event)).body)).toMatchObject({
      caller: { userId: "ann", tenantId: "acme" },
      request: {
        method: "PUT",
        path: "/documents/42",
        route: "PUT /documents/{documentId}",
        query: { tag: ["a", "b"] },
        body: "x",
      },
    });
  });

  it("has no caller on a public route", async () => {
    expect(await respondTo({ requestContext: {} })).toMatchObject({
      statusCode: 200,
      body: { caller: null },
    });
  });

  it("fails if the context is not the authorizer's, because the route is not public then", async () => {
    for (const authorizer of [{}, { userId: "ann" }])
      await expect(respondTo({ requestContext: { authorizer } })).rejects.toThrow(
        "Portcullis did not write it",
      );
  });

  it("returns repeated query parameters and the body unchanged", async () => {
    const query = { tag: ["a", "b", "a"] };
    expect(await respondTo({ multiValueQueryStringParameters: query, body: '{"ä":1}' })).toMatchObject({
      body: { request: { query, body: '{"ä":1}' } },
    });
  });

  it("returns a body as a string if it is UTF-8, else as base64 with its encoding", async () => {
    const text = Buffer.from("größer").toString("base64");
    const bytes = Buffer.from([0, 255, 128, 10]).toString("base64");
    expect(await respondTo({ body: text, isBase64Encoded: true })).toMatchObject({
      body: { request: { body: "größer" } },
    });
    expect(await respondTo({ body: bytes, isBase64Encoded: true })).toMatchObject({
      body: { request: { body: bytes, bodyEncoding: "base64" } },
    });
  });
});
