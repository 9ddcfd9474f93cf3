import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowsByRecursion, matchesByRecursion, prepare } from "./naive-matcher.ts";

describe("the verifier's own matcher", () => {
  it.each([
    ["a/*", "a/", true],
    ["a/*", "a/b/c", true],
    ["a/?*", "a/", false],
    ["a/?*", "a/b/c", true],
    ["a/?", "a/bc", false],
    ["a/?/b", "a///b", true],
    ["a.b", "axb", false],
    ["A", "a", false],
    ["*//*", "GET//", true],
    ["*/a", "GET/b/a", true],
    ["a/?*/b", "a//b", false],
    ["a/?*/b", "a///b", true],
  ])("%s on %s: %s", (pattern, text, expected) => {
    expect(matchesByRecursion(pattern, text)).toBe(expected);
    expect(prepare({ Statement: [{ Effect: "Allow", Resource: pattern }] })(text)).toBe(expected);
  });

  it("says the same slowly and quickly", () => {
    const text = (letters: string, maxLength: number) =>
      fc.array(fc.constantFrom(...letters), { maxLength }).map((list) => list.join(""));
    const resources = fc.array(text("ab/?**", 8), { maxLength: 3 });
    fc.assert(
      fc.property(resources, resources, text("ab/", 8), (allow, deny, arn) => {
        const document = {
          Statement: [
            { Effect: "Allow", Resource: allow },
            { Effect: "Deny", Resource: deny },
          ],
        };
        expect(prepare(document)(arn)).toBe(allowsByRecursion(document, arn));
      }),
      { seed: 3, numRuns: 5_000 },
    );
  });
});
