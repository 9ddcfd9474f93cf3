import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { handler } from "../../lambdas/sample-backend/index.ts";

const CONTEXT = { userId: "ann", tenantId: "acme", roles: "editor", issuer: "main", policyVersion: "v1" };

async function answer(changes: Record<string, unknown> = {}) {
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
  it("answers any route with who is calling and what reached it", async () => {
    expect(await answer()).toMatchObject({
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

  it("answers an event of payload format 2.0 the same", async () => {
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
    expect(await answer({ requestContext: {} })).toMatchObject({ statusCode: 200, body: { caller: null } });
  });

  it("fails where the context is not the authorizer's: that is no public route", async () => {
    for (const authorizer of [{}, { userId: "ann" }])
      await expect(answer({ requestContext: { authorizer } })).rejects.toThrow("it is not Portcullis'");
  });

  it("gives repeated query parameters and the body back as they came", async () => {
    const query = { tag: ["a", "b", "a"] };
    expect(await answer({ multiValueQueryStringParameters: query, body: '{"ä":1}' })).toMatchObject({
      body: { request: { query, body: '{"ä":1}' } },
    });
  });

  it("gives bytes back as text where they are UTF-8, else as base64 and marked so", async () => {
    const text = Buffer.from("größer").toString("base64");
    const bytes = Buffer.from([0, 255, 128, 10]).toString("base64");
    expect(await answer({ body: text, isBase64Encoded: true })).toMatchObject({
      body: { request: { body: "größer" } },
    });
    expect(await answer({ body: bytes, isBase64Encoded: true })).toMatchObject({
      body: { request: { body: bytes, bodyEncoding: "base64" } },
    });
  });
});
