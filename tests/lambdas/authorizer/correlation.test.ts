import { expect, test } from "vitest";
import type { CachingMode } from "../../../core/model/layout.ts";
import type { LoggedResponse } from "../../../core/policy/authorizer-response.ts";
import { MAX_CONTEXT_BYTES } from "../../../core/policy/context.ts";
import { readCorrelationId, withCorrelationId } from "../../../lambdas/authorizer/correlation.ts";
import { decided } from "../../support/decided.ts";
import { LAYOUT } from "../../support/fixtures.ts";

const readSent = (...values: string[]) => readCorrelationId(new Map([["x-correlation-id", values]]));

test.each(["a", "order-4711", "01J9ZK.5_x", "a".repeat(64)])(
  "the client's id is used unchanged: %s",
  (id) => {
    expect(readSent(id)).toBe(id);
  },
);

test.each([
  ["is empty", [""]],
  ["is too long", ["a".repeat(65)]],
  ["would break a line", ["a\nb"]],
  ["would break the access log's JSON", ['a","tenantId":"evil']],
  ["has letters that are not ASCII", ["ä"]],
  ["was sent twice", ["a", "b"]],
  ["is absent", []],
])("an id that %s is ignored", (_, values) => {
  expect(readSent(...values)).toBeUndefined();
});

const response = decided().result as LoggedResponse;
const layout = (mode: CachingMode) => ({ ...LAYOUT, mode });

test("the backend's context contains the id only if responses are not cached", () => {
  expect(withCorrelationId(response, "order-1", layout("off")).response.context).toEqual({
    tenantId: "acme",
    correlationId: "order-1",
  });
  for (const mode of ["token", "route"] as const)
    expect(withCorrelationId(response, "order-1", layout(mode))).toBe(response);
  expect(withCorrelationId(response, undefined, layout("off"))).toBe(response);
});

test("a full context is returned without the id, and the request is not denied", () => {
  const context = { tenantId: "a".repeat(MAX_CONTEXT_BYTES - 20) };
  const full = { ...response, response: { ...response.response, context } };
  expect(withCorrelationId(full, "order-1", layout("off"))).toBe(full);
});
