import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { naivelyAllows, naivelyMatches, prepare } from "./naive-matcher.ts";

describe("the oracle's own matcher", () => {
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
  ])("%s on %s: %s", (pattern, arn, expected) => {
    expect(naivelyMatches(pattern, arn)).toBe(expected);
    expect(prepare({ Statement: [{ Effect: "Allow", Resource: pattern }] })(arn)).toBe(expected);
  });

  it("returns the same by regular expressions and prepared", () => {
    const string = (letters: string, maxLength: number) =>
      fc.array(fc.constantFrom(...letters), { maxLength }).map((list) => list.join(""));
    const resources = fc.array(string("ab/?**", 8), { maxLength: 3 });
    fc.assert(
      fc.property(resources, resources, string("ab/", 8), (allow, deny, arn) => {
        const document = {
          Statement: [
            { Effect: "Allow", Resource: allow },
            { Effect: "Deny", Resource: deny },
          ],
        };
        expect(prepare(document)(arn)).toBe(naivelyAllows(document, arn));
      }),
      { seed: 3, numRuns: 5_000 },
    );
  });
});
