import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect } from "vitest";
import type { AuthorizerResponse } from "../../../core/policy/authorizer-response.ts";
import type { Authorizer } from "../../../lambdas/authorizer/handle-request.ts";
import type { Event } from "./targets.ts";

const SEED = 20_261_123;

/** Returns a property's parameters, and the label that names them in its title. */
export const bounded = (numRuns: number) => ({
  label: `seed ${SEED}, ${numRuns} runs`,
  parameters: { seed: SEED, numRuns, endOnFailure: false } satisfies fc.Parameters<unknown>,
});

/** Any JSON, including values that programs often handle incorrectly. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { depthSize: "small" },
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    "",
    " ",
    "*",
    "acme",
    "globex",
    "viewer",
    "admin",
    "__proto__",
    "\u0000",
    "\u202e",
    "\ud800",
    "none",
    "RS256",
    0,
    -0,
    -1,
    0.5,
    1e308,
    2 ** 53,
    8.64e12,
    true,
    false,
    null,
    [],
    {},
    [[]],
    [null],
    ["acme"],
    ["viewer"],
    { acme: ["viewer"] },
    { length: 1 },
  ),
);

/** The possible results of an authorizer. */
export type Ruling =
  | { readonly kind: "allow" | "deny"; readonly response: AuthorizerResponse }
  | { readonly kind: "unauthorized" }
  | { readonly kind: "error" };

/** Requests a decision, and asserts that it is a policy with Allow or Deny, a 401 or a 500. */
export async function rule(authorizer: Authorizer, event: unknown): Promise<Ruling> {
  try {
    const response = (await authorizer(event as Event)) as AuthorizerResponse;
    const effects = response.policyDocument.Statement.map(({ Effect }) => Effect);
    expect([["Deny"], ["Allow", "Deny"]]).toContainEqual(effects);
    return { kind: effects.includes("Allow") ? "allow" : "deny", response };
  } catch (error) {
    if (!(error instanceof Error) || error.name === "AssertionError") throw error;
    if (error.message === "Unauthorized") return { kind: "unauthorized" };
    expect(error.message).toMatch(/^No decision: [a-z_]+$/);
    return { kind: "error" };
  }
}

/** Fails the test file if it has an unhandled rejection. */
export function noUnhandledRejection(): void {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => {
    unhandled.push(reason);
  };
  beforeAll(() => {
    process.on("unhandledRejection", note);
  });
  afterAll(async () => {
    await turn();
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
}
