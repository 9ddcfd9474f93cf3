import { expect, test } from "vitest";
import { restAdapter } from "../../../lambdas/authorizer/events/rest-event.ts";
import { event } from "../../support/fixtures.ts";

const authorizationHeaders = (
  headers: Record<string, string> | null,
  multiValueHeaders: Record<string, string[]> | null,
) => restAdapter.toRequest(event(undefined, { headers, multiValueHeaders })).headers.get("authorization");

test("the event's fields reach the core unchanged", () => {
  const { headers: _, ...request } = restAdapter.toRequest(event("Bearer x"));
  expect(request).toEqual({
    method: "GET",
    resource: "/documents/{documentId}",
    methodArn: "arn:aws:execute-api:eu-central-1:123456789012:abcdef/prod/GET/documents/42",
    stageVariables: { portcullis_a: "a-abc123" },
  });
});

test("an event without stage variables has none", () => {
  expect(restAdapter.toRequest(event("Bearer x", { stageVariables: null })).stageVariables).toEqual({});
});

test.each([
  ["that is in both maps counts once", { Authorization: "a" }, { Authorization: ["a"] }, ["a"]],
  ["that is only in the single-value map counts", { AUTHORIZATION: "a" }, null, ["a"]],
  ["that is only in the multi-value map counts", null, { authorization: ["a"] }, ["a"]],
  ["that was sent twice counts twice", { Authorization: "b" }, { Authorization: ["a", "b"] }, ["a", "b"]],
  [
    "that was sent twice with one value counts twice",
    { Authorization: "a" },
    { Authorization: ["a", "a"] },
    ["a", "a"],
  ],
  ["with two spellings counts twice", null, { Authorization: ["a"], authorization: ["b"] }, ["a", "b"]],
  [
    "with two spellings in both maps counts twice",
    { Authorization: "a", authorization: "a" },
    { Authorization: ["a"], authorization: ["a"] },
    ["a", "a"],
  ],
  [
    "with two spellings in the single-value map counts twice",
    { Authorization: "a", authorization: "a" },
    null,
    ["a", "a"],
  ],
  [
    "with different values in the maps counts twice",
    { Authorization: "b" },
    { Authorization: ["a"] },
    ["a", "b"],
  ],
])("a header %s", (_, headers, multiValueHeaders, expected) => {
  expect(
    authorizationHeaders(
      headers as Record<string, string> | null,
      multiValueHeaders as Record<string, string[]> | null,
    ),
  ).toEqual(expected);
});

test("an event without headers has none", () => {
  expect(authorizationHeaders(null, null)).toBeUndefined();
});

test("a header with the name of an object's member is an ordinary header", () => {
  const { headers } = restAdapter.toRequest(
    event(undefined, { headers: { constructor: "x" }, multiValueHeaders: null }),
  );
  expect(headers.get("constructor")).toEqual(["x"]);
  expect(headers.get("authorization")).toBeUndefined();
});
