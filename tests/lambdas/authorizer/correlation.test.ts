import { expect, test } from "vitest";
import type { CachingMode } from "../../../core/model/layout.ts";
import type { LoggedResponse } from "../../../core/policy/authorizer-response.ts";
import { MAX_CONTEXT_BYTES } from "../../../core/policy/context.ts";
import { correlationIdIn, withCorrelationId } from "../../../lambdas/authorizer/correlation.ts";
import { decided } from "../../support/decided.ts";
import { LAYOUT } from "../../support/fixtures.ts";

const sent = (...values: string[]) => correlationIdIn(new Map([["x-correlation-id", values]]));

test.each(["a", "order-4711", "01J9ZK.5_x", "a".repeat(64)])(
  "the client's id is taken as it is: %s",
  (id) => {
    expect(sent(id)).toBe(id);
  },
);

test.each([
  ["is empty", [""]],
  ["is too long", ["a".repeat(65)]],
  ["would break a line", ["a\nb"]],
  ["would break the access log's JSON", ['a","tenantId":"evil']],
  ["has letters that are not ASCII", ["ä"]],
  ["is two", ["a", "b"]],
  ["is none", []],
])("an id is left out that %s", (_, values) => {
  expect(sent(...values)).toBeUndefined();
});

const answer = decided().result as LoggedResponse;
const layout = (mode: CachingMode) => ({ ...LAYOUT, mode });

test("a backend is handed the id where nothing is cached, and where a cached context would be another's it is not", () => {
  expect(withCorrelationId(answer, "order-1", layout("off")).response.context).toEqual({
    tenantId: "acme",
    correlationId: "order-1",
  });
  for (const mode of ["token", "route"] as const)
    expect(withCorrelationId(answer, "order-1", layout(mode))).toBe(answer);
  expect(withCorrelationId(answer, undefined, layout("off"))).toBe(answer);
});

test("a context that is full goes without the id, and is not refused for it", () => {
  const context = { tenantId: "a".repeat(MAX_CONTEXT_BYTES - 20) };
  const full = { ...answer, response: { ...answer.response, context } };
  expect(withCorrelationId(full, "order-1", layout("off"))).toBe(full);
});
