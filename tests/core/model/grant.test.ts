import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Binding,
  type BindingSource,
  conjoin,
  type Grant,
  normalizeGrants,
  parseGrant,
  printGrant,
} from "../../../core/model/grant.ts";
import { route } from "../../support/api.ts";

const grant = (key: string, binding: Binding = {}): Grant => ({ route: route(key).key, binding });
const BOTH = "GET /a/{x}/{y}";

const source: fc.Arbitrary<BindingSource> = fc.constantFrom("subject", "tenant", "claim.dept", "claim.a1_b");
const sources = fc.uniqueArray(source, { minLength: 1, maxLength: 3 }).map((list) => list.sort());
const binding: fc.Arbitrary<Binding> = fc.dictionary(fc.constantFrom("x", "y"), sources, {
  noNullPrototype: true,
});
const anyGrant = fc.record({ route: fc.constant(route(BOTH).key), binding });

/** Returns whether a binding is satisfied, if these `parameter=source` pairs are equal. */
const satisfied = (alternative: Binding, truth: ReadonlySet<string>): boolean =>
  Object.entries(alternative).every(([name, list]) => list.every((one) => truth.has(`${name}=${one}`)));

describe("a printed grant", () => {
  it.each<[Grant, string]>([
    [grant("GET /documents"), "GET /documents"],
    [grant("PATCH /users/{userId}", { userId: ["subject"] }), "PATCH /users/{userId} where userId=subject"],
    [
      grant(BOTH, { y: ["claim.dept"], x: ["tenant", "subject"] }),
      `${BOTH} where x=subject and x=tenant and y=claim.dept`,
    ],
  ])("lists its conditions in one order: %#", (value, text) => {
    expect(printGrant(value)).toBe(text);
  });

  it("is parsed back to the same grant", () => {
    fc.assert(
      fc.property(anyGrant, (value) => {
        expect(parseGrant(printGrant(value))).toEqual(value);
      }),
    );
  });

  it.each([
    "",
    "GET",
    "documents.read",
    "get /a",
    "GET a",
    "GET /a b",
    "GET /a where",
    "GET /a/{x} where ",
    "GET /a/{x} where x",
    "GET /a/{x} where x=",
    "GET /a/{x} where x=other",
    "GET /a/{x} where x=claim.",
    "GET /a/{x} where x=claim.__proto__",
    "GET /a/{x} where x=subject and",
    "GET /a/{x} where x=subject, y=tenant",
    "GET /a/{x} where x = subject",
    " GET /a",
  ])("is rejected if it is malformed: %j", (text) => {
    expect(parseGrant(text)).toBeUndefined();
  });

  it.each([
    "GET /a where x=subject",
    "GET /a/{y} where x=subject",
    "GET /a/{y} where y=subject and x=tenant",
  ])(
    "is rejected if a condition names no parameter of the route, because it would bind nothing: %s",
    (text) => {
      expect(parseGrant(text)).toBeUndefined();
    },
  );

  it("never loses a condition, not even one on __proto__", () => {
    const read = parseGrant("GET /a/{__proto__} where __proto__=subject");
    expect(read === undefined || Object.keys(read.binding).length > 0).toBe(true);
  });
});

describe("conjoin", () => {
  it("requires both bindings, sorted and without duplicates", () => {
    expect(conjoin({ x: ["tenant"] }, { x: ["subject", "tenant"], y: ["subject"] })).toEqual({
      x: ["subject", "tenant"],
      y: ["subject"],
    });
    expect(conjoin({}, {})).toEqual({});
  });

  it("accepts names that every object has, like any other name", () => {
    for (const name of ["constructor", "toString", "valueOf", "hasOwnProperty"])
      expect(conjoin({}, { [name]: ["subject"] })).toEqual({ [name]: ["subject"] });
  });
});

describe("normalizeGrants", () => {
  it("sorts, and removes duplicates and alternatives that a weaker one makes superfluous", () => {
    const grants = [
      grant(BOTH, { x: ["subject"], y: ["tenant"] }),
      grant("GET /b"),
      grant(BOTH, { x: ["subject"] }),
      grant(BOTH, { y: ["subject"] }),
      grant("GET /b"),
    ];
    expect(normalizeGrants(grants).map(printGrant)).toEqual([
      `${BOTH} where x=subject`,
      `${BOTH} where y=subject`,
      "GET /b",
    ]);
  });

  it("does not change what is granted, and a second run changes nothing", () => {
    const facts = ["subject", "tenant", "claim.dept", "claim.a1_b"].flatMap((from) => [
      `x=${from}`,
      `y=${from}`,
    ]);
    fc.assert(
      fc.property(fc.array(anyGrant, { maxLength: 6 }), fc.subarray(facts), (grants, held) => {
        const truth = new Set(held);
        const allows = (list: readonly Grant[]) => list.some((one) => satisfied(one.binding, truth));
        const normal = normalizeGrants(grants);
        expect(allows(normal)).toBe(allows(grants));
        expect(normalizeGrants(normal)).toEqual(normal);
        expect(normal.length).toBeLessThanOrEqual(grants.length);
      }),
    );
  });
});
