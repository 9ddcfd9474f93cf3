import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesArnPattern } from "../../../core/policy/arn-pattern.ts";
import { type ConditionBlock, conditionHolds } from "../../../core/policy/condition.ts";
import { evaluatePolicy } from "../../../core/policy/evaluate.ts";
import type { PolicyDocument, PolicyStatement } from "../../../core/policy/policy-document.ts";

const ARN = "arn:aws:execute-api:eu-west-1:123456789012:api1234567/dev/GET/users/42";
const REQUEST = { sourceIp: "203.0.113.7", now: new Date("2026-11-05T12:00:00Z") };
const conditions = (block: ConditionBlock) => conditionHolds(block, REQUEST);

/**
 * Implements the definition of a match literally. It takes exponential time, so it is only for short strings.
 */
function naive(pattern: string[], text: string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return text.length === 0;
  if (head === "*")
    return text
      .map((_, from) => from)
      .concat(text.length)
      .some((from) => naive(rest, text.slice(from)));
  return text.length > 0 && (head === "?" || head === text[0]) && naive(rest, text.slice(1));
}

/** Matches by a regular expression, for long strings. */
function translated(pattern: string, text: string): boolean {
  const source = Array.from(pattern, (c) =>
    c === "*" ? "[^]*" : c === "?" ? "[^]" : `\\u{${c.codePointAt(0)?.toString(16)}}`,
  );
  return new RegExp(`^${source.join("")}$`, "u").test(text);
}

function stringOf(alphabet: string, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), maxLength });
}

function decide(...statements: Partial<PolicyStatement>[]): string {
  const Statement = statements.map((changes) => ({
    Effect: "Allow" as const,
    Action: "execute-api:Invoke",
    Resource: ARN,
    ...changes,
  }));
  const document: PolicyDocument = { Version: "2012-10-17", Statement };
  return evaluatePolicy(document, ARN, conditions).decision;
}

/** Returns whether an Allow and a Deny with a condition apply, in this order. */
function applied(Condition: ConditionBlock): [boolean, boolean] {
  return [decide({ Condition }) === "allow", decide({ Effect: "Deny", Condition }) === "explicit-deny"];
}

describe("matchesArnPattern", () => {
  it.each(["*?/ab", "*a", "?a*", "*?é😀", "*?\ud83d\ude00😀", ".*+$^?[]\\/", "*?:/-"])(
    "agrees with the definition over the alphabet %j",
    (alphabet) => {
      const texts = fc.tuple(stringOf(alphabet, 7), stringOf(alphabet, 9));
      fc.assert(
        fc.property(texts, ([pattern, text]) => {
          expect(matchesArnPattern(pattern, text)).toBe(naive(Array.from(pattern), Array.from(text)));
        }),
        { numRuns: 1_000 },
      );
    },
  );

  it("agrees with a regular expression on longer strings", () => {
    fc.assert(
      fc.property(stringOf("*?/ab", 12), stringOf("/ab", 60), (pattern, text) => {
        expect(matchesArnPattern(pattern, text)).toBe(translated(pattern, text));
      }),
      { numRuns: 1_000 },
    );
  });

  it("matches a string if some of its characters are replaced by wildcards", () => {
    const parts = fc.array(fc.tuple(stringOf("*?/ab😀", 4), fc.boolean()), { maxLength: 10 });
    fc.assert(
      fc.property(parts, (pieces) => {
        const pattern = pieces.map(([text, starred]) => (starred ? "*" : text.replace(/./gu, "?"))).join("");
        expect(matchesArnPattern(pattern, pieces.map(([text]) => text).join(""))).toBe(true);
      }),
    );
  });

  it.each([
    ["*", "", true],
    ["?*", "", false],
    ["?*", "a", true],
    ["?*", "a/b", true],
    ["users/*", "users/", true],
    ["users/?*", "users/", false],
    ["users/*", "users/1/secrets", true],
    ["users/*", "users", false],
    ["a?c", "a/c", true],
    ["GET/a", "get/a", false],
    ["a", "?", false],
    ["a", "*", false],
    ["?", "😀", true],
    ["??", "😀", false],
    ["*\ude00", "😀", false],
    ["?", "\ud83d", true],
    ["a.c", "abc", false],
    ["", "", true],
    ["", "a", false],
    ["**", "", true],
  ])("returns for %j and %j: %s", (pattern, arn, expected) => {
    expect(matchesArnPattern(pattern, arn)).toBe(expected);
  });

  it("is fast for patterns that take a naive matcher exponential time", () => {
    const startedAt = performance.now();
    expect(matchesArnPattern(`${"*a".repeat(200)}b`, "a".repeat(1_600))).toBe(false);
    expect(matchesArnPattern(`${"a*".repeat(5_000)}`, "a".repeat(10_000))).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe("evaluatePolicy", () => {
  it("lets an explicit Deny win over any Allow, in any order", () => {
    expect(decide({}, { Effect: "Deny" })).toBe("explicit-deny");
    expect(decide({ Effect: "Deny" }, {})).toBe("explicit-deny");
  });

  it("names the statement that decided", () => {
    const statement = { Action: "execute-api:Invoke", Resource: ARN };
    const document: PolicyDocument = {
      Version: "2012-10-17",
      Statement: [
        { ...statement, Effect: "Allow", Resource: "arn:other" },
        { ...statement, Effect: "Allow" },
      ],
    };
    expect(evaluatePolicy(document, ARN, conditions)).toEqual({ decision: "allow", statement: 1 });
  });

  it("finds no match in other resources and in no statements", () => {
    expect(decide({ Resource: `${ARN}/` }, { Resource: ["a", "b"] })).toBe("no-match");
    expect(decide()).toBe("no-match");
  });

  it("accepts any resource and any action of a list", () => {
    expect(decide({ Resource: ["x", `${ARN.slice(0, -2)}?*`], Action: ["s3:Get*", "execute-api:*"] })).toBe(
      "allow",
    );
  });

  it.each([
    ["execute-api:Invoke", "allow"],
    ["EXECUTE-API:invoke", "allow"],
    ["execute-api:*", "allow"],
    ["*", "allow"],
    ["execute-api:Inv?ke", "allow"],
    ["execute-api:ManageConnections", "no-match"],
    ["execute-api:Invo\u212Ae", "no-match"],
    ["execute-api", "no-match"],
    ["", "no-match"],
  ])("decides for the action %j: %s", (Action, expected) => {
    expect(decide({ Action })).toBe(expected);
  });

  it("ignores an Allow with a policy variable, and applies a Deny with one", () => {
    for (const variable of ["{aws:SourceIp}", "{*}", "{"]) {
      const Resource = `arn:aws:execute-api:*/$${variable}`;
      expect(decide({ Resource })).toBe("no-match");
      expect(decide({}, { Effect: "Deny", Resource })).toBe("explicit-deny");
    }
  });

  it("fails closed for an empty list", () => {
    expect(decide({ Resource: [] })).toBe("no-match");
    expect(decide({}, { Effect: "Deny", Resource: [] })).toBe("explicit-deny");
  });
});

describe("a condition", () => {
  it.each([
    ["DateGreaterThan", "aws:CurrentTime", "2026-11-05T11:59:59Z", true],
    ["DateGreaterThan", "aws:CurrentTime", "2026-11-05T12:00:00Z", false],
    ["DateGreaterThanEquals", "aws:CurrentTime", "2026-11-05T13:00:00+01:00", true],
    ["DateLessThan", "aws:CurrentTime", "2026-11-05T12:00:00Z", false],
    ["DateLessThanEquals", "AWS:currenttime", "2026-11-05T12:00:00.000Z", true],
    ["DateEquals", "aws:CurrentTime", "1793880000", true],
    ["DateNotEquals", "aws:CurrentTime", "1793880000", false],
    ["DateLessThan", "aws:EpochTime", "2026-11-06", true],
    ["NumericLessThan", "aws:EpochTime", "1793880001", true],
    ["NumericGreaterThanEquals", "aws:EpochTime", "1793880001", false],
    ["NumericEquals", "aws:EpochTime", "1793880000", true],
    ["NumericNotEquals", "aws:EpochTime", "1793880000", false],
    ["IpAddress", "aws:SourceIp", "203.0.113.0/24", true],
    ["IpAddress", "aws:SourceIp", "203.0.113.7", true],
    ["IpAddress", "aws:SourceIp", "203.0.113.8/32", false],
    ["IpAddress", "aws:SourceIp", "0.0.0.0/0", true],
    ["IpAddress", "aws:SourceIp", "2001:db8::/32", false],
    ["NotIpAddress", "aws:SourceIp", "203.0.113.0/24", false],
    ["NotIpAddress", "aws:SourceIp", "198.51.100.0/24", true],
  ])("%s %s %s holds: %s", (operator, key, value, holds) => {
    expect(applied({ [operator]: { [key]: value } })).toEqual([holds, holds]);
  });

  it.each([
    ["StringEquals", "aws:CurrentTime", "x"],
    ["DateLessThanIfExists", "aws:CurrentTime", "2026-11-06"],
    ["ForAnyValue:IpAddress", "aws:SourceIp", "0.0.0.0/0"],
    ["DatetoString", "aws:CurrentTime", "2026-11-06"],
    ["DateLessThan", "aws:TokenIssueTime", "2026-11-06"],
    ["NumericLessThan", "aws:CurrentTime", "1893452400"],
    ["IpAddress", "aws:VpcSourceIp", "0.0.0.0/0"],
    ["DateLessThan", "aws:CurrentTime", "tomorrow"],
    ["DateLessThan", "aws:CurrentTime", "2026-11-06T00:00:00"],
    ["NumericLessThan", "aws:EpochTime", "0x7fffffff"],
    ["IpAddress", "aws:SourceIp", "203.0.113.0/33"],
    ["IpAddress", "aws:SourceIp", "203.0.113/24"],
    ["NotIpAddress", "aws:SourceIp", "nonsense"],
    ["IpAddress", "aws:SourceIp", "0.0.0.0/"],
  ])("that is undecidable (%s %s %s) holds for Deny and not for Allow", (operator, key, value) => {
    expect(applied({ [operator]: { [key]: value } })).toEqual([false, true]);
  });

  it("requires one of a key's values, and all keys and operators", () => {
    const near = ["198.51.100.0/24", "203.0.113.0/24"];
    expect(applied({ IpAddress: { "aws:SourceIp": near } })).toEqual([true, true]);
    expect(applied({ NotIpAddress: { "aws:SourceIp": near } })).toEqual([false, false]);
    const past = { "aws:CurrentTime": "2026-01-01" };
    expect(applied({ IpAddress: { "aws:SourceIp": near }, DateLessThan: past })).toEqual([false, false]);
    expect(applied({ IpAddress: { "aws:SourceIp": near }, StringLike: past })).toEqual([false, true]);
    expect(applied({ DateLessThan: past, StringLike: past })).toEqual([false, false]);
    expect(applied({ IpAddress: { "aws:SourceIp": [] } })).toEqual([false, true]);
  });

  it.each([
    ["2001:db8::1", "2001:db8::/32", "allow"],
    ["2001:db8::1", "2001:db8:0:0:0:0:0:1/128", "allow"],
    ["2001:db9::1", "2001:db8::/32", "no-match"],
    ["::1", "::/0", "allow"],
    ["::ffff:203.0.113.7", "203.0.113.0/24", "allow"],
    ["203.0.113.7", "::/0", "no-match"],
    ["2001:db8:::1", "::/0", "no-match"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", "allow"],
    ["1:2:3:4:5:6:7::8", "::/0", "no-match"],
    ["", "0.0.0.0/0", "no-match"],
  ])("on the address %s and the range %s decides %s", (sourceIp, range, expected) => {
    const statement: PolicyStatement = {
      Effect: "Allow",
      Action: "*",
      Resource: "*",
      Condition: { IpAddress: { "aws:SourceIp": range } },
    };
    const document: PolicyDocument = { Version: "2012-10-17", Statement: [statement] };
    const at = (block: ConditionBlock) => conditionHolds(block, { ...REQUEST, sourceIp });
    expect(evaluatePolicy(document, ARN, at).decision).toBe(expected);
  });
});
