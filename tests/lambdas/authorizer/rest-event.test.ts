import { expect, test } from "vitest";
import { toRequest } from "../../../lambdas/authorizer/events/rest-event.ts";
import { event } from "../../support/fixtures.ts";

const headersOf = (
  headers: Record<string, string> | null,
  multiValueHeaders: Record<string, string[]> | null,
) => toRequest(event(undefined, { headers, multiValueHeaders })).headers.get("authorization");

test("the event's parts reach the core as they are", () => {
  const { headers: _, ...request } = toRequest(event("Bearer x"));
  expect(request).toEqual({
    method: "GET",
    resource: "/documents/{documentId}",
    methodArn: "arn:aws:execute-api:eu-central-1:123456789012:abcdef/prod/GET/documents/42",
    stageVariables: { portcullis_a: "a-abc123" },
  });
});

test("an event without stage variables has none", () => {
  expect(toRequest(event("Bearer x", { stageVariables: null })).stageVariables).toEqual({});
});

test.each([
  ["in both maps counts once", { Authorization: "a" }, { Authorization: ["a"] }, ["a"]],
  ["in the single map alone counts", { AUTHORIZATION: "a" }, null, ["a"]],
  ["in the multi-value map alone counts", null, { authorization: ["a"] }, ["a"]],
  ["sent twice counts twice", { Authorization: "b" }, { Authorization: ["a", "b"] }, ["a", "b"]],
  ["sent twice the same counts twice", { Authorization: "a" }, { Authorization: ["a", "a"] }, ["a", "a"]],
  ["in two spellings counts twice", null, { Authorization: ["a"], authorization: ["b"] }, ["a", "b"]],
  [
    "in two spellings in both maps counts twice",
    { Authorization: "a", authorization: "a" },
    { Authorization: ["a"], authorization: ["a"] },
    ["a", "a"],
  ],
  [
    "in two spellings in the single map counts twice",
    { Authorization: "a", authorization: "a" },
    null,
    ["a", "a"],
  ],
  ["of which the maps disagree counts twice", { Authorization: "b" }, { Authorization: ["a"] }, ["a", "b"]],
])("a header %s", (_, headers, multiValueHeaders, expected) => {
  expect(
    headersOf(headers as Record<string, string> | null, multiValueHeaders as Record<string, string[]> | null),
  ).toEqual(expected);
});

test("an event without headers has none", () => {
  expect(headersOf(null, null)).toBeUndefined();
});

test("a header of a name that objects have is an ordinary one", () => {
  const { headers } = toRequest(event(undefined, { headers: { constructor: "x" }, multiValueHeaders: null }));
  expect(headers.get("constructor")).toEqual(["x"]);
  expect(headers.get("authorization")).toBeUndefined();
});
