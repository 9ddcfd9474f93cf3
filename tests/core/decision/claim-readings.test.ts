import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { namesAt, roleNamesAt } from "../../../core/decision/claim-readings.ts";
import { type ClaimLocation, parseForm, READINGS } from "../../../core/model/claim-location.ts";
import { draws } from "../../support/draws.ts";

const read = (claim: unknown, as: "keys" | "commas" | "spaces" | "json" | "integer"): string[] =>
  namesAt({ claim }, { path: ["claim"], as });
const members = (claim: unknown): string[] =>
  namesAt({ claim }, { path: ["claim"], as: "member", member: "key" });

describe("a claim that is read as", () => {
  it.each<[claim: unknown, names: string[]]>([
    [{ acme: { id: "0c1d" } }, ["acme"]],
    [{ acme: {}, globex: null }, ["acme", "globex"]],
    [
      [{ acme: {} }, { acme: {}, globex: {} }],
      ["acme", "globex"],
    ],
    [["acme"], ["acme"]],
    ["acme", ["acme"]],
    [{}, []],
    [{ "": {} }, []],
    [[{ acme: {} }, 5], []],
    [[["acme"]], []],
    [5, []],
    [null, []],
  ])("keys: %j gives %j", (claim, names) => {
    expect(read(claim, "keys")).toEqual(names);
  });

  it.each<[claim: unknown, names: string[]]>([
    [
      [{ id: "r1", key: "viewer" }, { key: "editor" }],
      ["viewer", "editor"],
    ],
    [[{ key: "viewer" }, { id: "r2" }], []],
    [[{ key: "viewer" }, { key: 5 }], []],
    [[{ key: "viewer" }, "editor"], []],
    [[Object.create({ key: "admin" }) as unknown], []],
    [{ key: "viewer" }, []],
    ["viewer", []],
  ])("a member of each object: %j gives %j", (claim, names) => {
    expect(members(claim)).toEqual(names);
  });

  it.each<[as: "commas" | "spaces" | "json", claim: unknown, names: string[]]>([
    ["commas", "[viewer, other]", ["viewer", "other"]],
    ["commas", "viewer,other,,viewer", ["viewer", "other"]],
    ["commas", "viewer", ["viewer"]],
    ["commas", "[]", []],
    ["commas", "[viewer", ["[viewer"]],
    ["commas", ["viewer"], []],
    ["spaces", " viewer  other ", ["viewer", "other"]],
    ["spaces", ["viewer"], []],
    ["json", '["viewer","other"]', ["viewer", "other"]],
    ["json", '"viewer"', ["viewer"]],
    ["json", '["viewer",5]', []],
    ["json", '{"a":1,"a":2}', []],
    ["json", "[viewer]", []],
    ["json", ["viewer"], []],
  ])("%s: %j gives %j", (as, claim, names) => {
    expect(read(claim, as)).toEqual(names);
  });

  it.each<[claim: unknown, names: string[]]>([
    [42, ["42"]],
    [-7, ["-7"]],
    [0, ["0"]],
    [Number.MAX_SAFE_INTEGER, ["9007199254740991"]],
    [Number.MAX_SAFE_INTEGER + 1, []],
    [-0, []],
    [4.5, []],
    [Number.NaN, []],
    ["42", []],
    [[42], []],
  ])("an integer: %j gives %j", (claim, names) => {
    expect(read(claim, "integer")).toEqual(names);
  });
});

describe("roles that are read", () => {
  const inPath: ClaimLocation = { path: ["tenants", "{tenant}", "roles"], as: "tenant_path" };
  const byKeys: ClaimLocation = { path: ["roles"], as: "tenant_keys" };
  const inName: ClaimLocation = { path: ["groups"], as: "tenant_role", form: "/{tenant}/{role}" };

  it("below the tenant's id hold in that tenant alone", () => {
    const payload = { tenants: { acme: { roles: ["viewer"] }, globex: { roles: "a b" } } };
    expect(roleNamesAt(payload, inPath, "acme", true)).toEqual(["viewer"]);
    expect(roleNamesAt(payload, inPath, "globex", true)).toEqual(["a", "b"]);
    for (const tenant of ["initech", "__proto__", "constructor", "{tenant}"])
      expect(roleNamesAt(payload, inPath, tenant, true)).toEqual([]);
  });

  it("as keys hold in the tenants of their value", () => {
    const payload = {
      roles: { viewer: { "42": "acme" }, editor: { "77": "x" }, admin: "42", owner: ["42"] },
    };
    expect(roleNamesAt(payload, byKeys, "42", true)).toEqual(["viewer"]);
    expect(roleNamesAt(payload, byKeys, "toString", true)).toEqual([]);
    expect(namesAt(payload, byKeys)).toEqual([]);
  });

  it("from a name with tenant and role hold in that tenant alone, and a name that is not clear is ignored", () => {
    const groups = ["/acme/admin", "/globex/viewer", "/acme/a/b", "/acme", "acme/owner", "//x", "/acme/"];
    expect(namesAt({ groups }, inName)).toEqual(["acme", "globex"]);
    expect(roleNamesAt({ groups }, inName, "acme", true)).toEqual(["admin"]);
    expect(roleNamesAt({ groups }, inName, "globex", true)).toEqual(["viewer"]);
    const doubled: ClaimLocation = { path: ["groups"], as: "tenant_role", form: "{tenant}::{role}" };
    expect(namesAt({ groups: ["a:::b"] }, doubled)).toEqual([]);
  });

  it("need a form with tenant, separator and role", () => {
    for (const form of [
      "{tenant}",
      "{role}:{tenant}",
      "{tenant}{role}",
      "{tenant}:{role}:",
      "{x}{tenant}:{role}",
    ])
      expect(parseForm(form)).toBeUndefined();
  });
});

const NAME = fc.constantFrom(
  "acme",
  "globex",
  "viewer",
  "admin",
  "acme:admin",
  "globex:viewer",
  "a,b",
  "[x, y]",
  '["z"]',
);
const KEY = fc.constantFrom("claim", "key", "acme", "globex", "viewer", "roles");
const { value: VALUE } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    NAME,
    fc.constantFrom<unknown>(5, 4.5, null, true, ""),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(KEY, tie("value"), { maxKeys: 4 }),
  ),
}));
const LOCATIONS: readonly ClaimLocation[] = [
  ["claim"],
  ["claim", "roles"],
  ...READINGS.map((as) => ({
    path: as === "tenant_path" ? ["claim", "{tenant}", "roles"] : ["claim"],
    as,
    ...(as === "member" && { member: "key" }),
    ...(as === "tenant_role" && { form: "{tenant}:{role}" }),
  })),
];

/** Removes or reorders members and entries, as the numbers choose. */
function reduced(value: unknown, choose: () => number): unknown {
  if (Array.isArray(value)) {
    const entries = value.map((entry: unknown) => reduced(entry, choose));
    return choose() % 2 === 0 ? entries.reverse() : entries;
  }
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(() => choose() % 4 !== 0);
  const entries = kept.map(([key, inner]) => [key, reduced(inner, choose)] as const);
  return Object.fromEntries(choose() % 2 === 0 ? entries.reverse() : entries);
}

describe.each(LOCATIONS.map((location) => [JSON.stringify(location), location] as const))(
  "at %s",
  (_, location) => {
    it("deleting and reordering claims adds no tenant and no role", () => {
      fc.assert(
        fc.property(VALUE, fc.array(fc.nat(99), { minLength: 40, maxLength: 40 }), (claim, numbers) => {
          let at = 0;
          const before = { claim };
          const after = reduced(before, () => numbers[at++ % numbers.length] ?? 0) as typeof before;
          const all = namesAt(before, location);
          for (const name of namesAt(after, location)) expect(all).toContain(name);
          for (const tenant of ["acme", "globex", "key"])
            for (const isSplit of [true, false]) {
              const roles = roleNamesAt(before, location, tenant, isSplit);
              for (const role of roleNamesAt(after, location, tenant, isSplit)) expect(roles).toContain(role);
            }
        }),
        { numRuns: draws(20_000, 300) },
      );
    });
  },
);
