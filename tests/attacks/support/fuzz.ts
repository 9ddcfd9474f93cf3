import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect } from "vitest";
import type { AuthorizerResponse } from "../../../core/policy/authorizer-response.ts";
import type { Authorizer } from "../../../lambdas/authorizer/handle-request.ts";
import type { Event } from "./fronts.ts";

const SEED = 20_261_123;

/** A property's parameters, and their place in its title. */
export const bounded = (numRuns: number) => ({
  told: `seed ${SEED}, ${numRuns} runs`,
  parameters: { seed: SEED, numRuns, endOnFailure: false } satisfies fc.Parameters<unknown>,
});

/** Any JSON, with the values that programs stumble over. */
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

/** What an authorizer made of an event: nothing else may come of it. */
export type Ruling =
  | { readonly kind: "allow" | "deny"; readonly answer: AuthorizerResponse }
  | { readonly kind: "unauthorized" }
  | { readonly kind: "error" };

/** Asks for a decision, and asserts that it is one: a policy that says Allow or Deny, a 401 or a 500. */
export async function rule(authorizer: Authorizer, event: unknown): Promise<Ruling> {
  try {
    const answer = (await authorizer(event as Event)) as AuthorizerResponse;
    const effects = answer.policyDocument.Statement.map(({ Effect }) => Effect);
    expect([["Deny"], ["Allow", "Deny"]]).toContainEqual(effects);
    return { kind: effects.includes("Allow") ? "allow" : "deny", answer };
  } catch (error) {
    if (!(error instanceof Error) || error.name === "AssertionError") throw error;
    if (error.message === "Unauthorized") return { kind: "unauthorized" };
    expect(error.message).toMatch(/^No decision: [a-z_]+$/);
    return { kind: "error" };
  }
}

/** Fails a file in which a promise is rejected and nobody looks. */
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
