import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ENCODED_PATHS } from "../../core/policy-files/compile/build-layout.ts";
import { draws } from "../support/draws.ts";
import { randomCase } from "./random-apis.ts";
import { verifyPairs } from "./verify.ts";
import { ANN, BASE_90, tryRouteWorld, tryTokenWorld, type Who } from "./worlds.ts";

const RUNS = draws(40, 12);

/** Callers whose values have one spelling, have three spellings, or are words of the API. */
const CALLERS: readonly Who[] = [
  ANN,
  { tenant: "acme", subject: "ann:1@x", claims: { dept: "d:7" } },
  { tenant: "a", subject: "me", claims: { dept: "search" } },
  { tenant: "acme", subject: "a*b", claims: { dept: ".." } },
];

describe.each(ENCODED_PATHS)("every subset of any API's grants, encoded slashes %s", (encodedPaths) => {
  const options = { encodedPaths, base: BASE_90, maxGroups: 200 };

  it.each([
    ["token", tryTokenWorld],
    ["route", tryRouteWorld],
  ])("is exact by brute force in mode %s", (_, makeWorld) => {
    let [worlds, requests] = [0, 0];
    fc.assert(
      fc.property(randomCase(6), fc.constantFrom(...CALLERS), ({ keys, grants, held }, who) => {
        const world = makeWorld(keys, options, grants);
        if (world === undefined) return;
        const verdict = verifyPairs(world, held, who);
        worlds++;
        requests += verdict.requests;
        expect(verdict.findings).toEqual([]);
      }),
      { seed: 1, numRuns: RUNS },
    );
    expect(worlds).toBeGreaterThan(0.7 * RUNS);
    expect(requests).toBeGreaterThan(2_500 * RUNS);
  });
});
