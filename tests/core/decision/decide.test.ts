import { describe, expect, it } from "vitest";
import { supposedCaller } from "../../../core/decision/caller.ts";
import { decide } from "../../../core/decision/decide.ts";
import type { Permissions } from "../../../core/decision/permissions.ts";
import type { Binding } from "../../../core/model/grant.ts";
import type { RouteKey } from "../../../core/model/ids.ts";
import { route } from "../../support/api.ts";

const USER = route("PATCH /users/{userId}");
const PURGE = route("DELETE /documents/{id}", "docs:purge", "docs:write");
const PAIR = route("GET /a/{x}/{y}");

const permissions = (
  grants: readonly (readonly [RouteKey, readonly Binding[]])[],
  who = {},
): Permissions => ({
  caller: supposedCaller({ tenant: "acme", subject: "ann", issuer: "main", claims: { dept: "hr" }, ...who }),
  roles: [],
  plan: null,
  actor: null,
  ownsSubject: true,
  grants: new Map(grants),
  version: "v1",
});
const LONG_IDS = { shortTenantIds: false };
const alternatives = (bindings: readonly Binding[], who = {}): unknown => {
  const decision = decide(permissions([[PAIR.key, bindings]], who), [PAIR], LONG_IDS);
  return "granted" in decision ? decision.granted[0]?.alternatives : decision.reason;
};

describe("a decision", () => {
  it("contains the granted ones of the routes", () => {
    expect(
      decide(
        permissions([
          [USER.key, [{}]],
          [PURGE.key, [{}]],
        ]),
        [USER, PAIR],
        LONG_IDS,
      ),
    ).toEqual({ granted: [{ route: USER, alternatives: [{}] }] });
  });

  it("is a denial with the caller if no route is granted", () => {
    expect(decide(permissions([]), [USER], LONG_IDS)).toEqual({
      reason: "route_not_granted",
      tenant: "acme",
      subject: "ann",
      issuer: "main",
    });
    expect(decide(permissions([]), [], LONG_IDS)).toMatchObject({ reason: "route_not_granted" });
  });

  it("requires every scope of the route", () => {
    const granted = [[PURGE.key, [{}]]] as const;
    expect(decide(permissions(granted, { scopes: ["docs:write"] }), [PURGE], LONG_IDS)).toMatchObject({
      reason: "scope_missing",
    });
    expect(
      decide(permissions(granted, { scopes: ["docs:write", "docs:purge", "x"] }), [PURGE], LONG_IDS),
    ).toHaveProperty("granted");
  });

  it("reports a missing scope first, then a binding that is not encodable", () => {
    const grants = [
      [PURGE.key, [{}]],
      [USER.key, [{ userId: ["subject"] }]],
    ] as const;
    expect(decide(permissions(grants, { subject: "a b" }), [PAIR, USER, PURGE], LONG_IDS)).toMatchObject({
      reason: "scope_missing",
    });
    expect(decide(permissions(grants, { subject: "a b" }), [PAIR, USER], LONG_IDS)).toMatchObject({
      reason: "binding_not_expressible",
    });
  });

  it("binds parameters to the caller's own values, all at once", () => {
    expect(alternatives([{ x: ["subject"], y: ["tenant"] }])).toEqual([{ x: "ann", y: "acme" }]);
    expect(alternatives([{ x: ["claim.dept"] }])).toEqual([{ x: "hr" }]);
  });

  it("has an alternative for each binding with values, except those that another makes superfluous", () => {
    expect(alternatives([{ x: ["subject"] }, { y: ["subject"] }])).toEqual([{ x: "ann" }, { y: "ann" }]);
    expect(alternatives([{ x: ["subject"] }, { y: ["claim.none"] }])).toEqual([{ x: "ann" }]);
    expect(alternatives([{ x: ["subject"], y: ["tenant"] }, { x: ["subject"] }])).toEqual([{ x: "ann" }]);
    expect(alternatives([{ x: ["subject"] }, {}])).toEqual([{}]);
    expect(alternatives([{ x: ["subject"] }, { x: ["tenant"] }], { subject: "acme" })).toEqual([
      { x: "acme" },
    ]);
  });

  it("grants a parameter with several sources only if they have the same value", () => {
    expect(alternatives([{ x: ["subject", "tenant"] }])).toBe("binding_not_expressible");
    expect(alternatives([{ x: ["subject", "tenant"] }], { subject: "acme" })).toEqual([{ x: "acme" }]);
  });

  it.each([
    "",
    ".",
    "..",
    "a/b",
    "a b",
    "a*",
    "a?",
    "${aws:x}",
    "a$",
    "ä",
    "a%20b",
    'a"',
    "a\\",
    "(a)",
    "a;b",
    "a'b",
    "x".repeat(129),
    "\ud800",
    "a\n",
  ])("grants nothing for a value that is not encodable: %j", (subject) => {
    expect(alternatives([{ x: ["subject"] }], { subject })).toBe("binding_not_expressible");
  });

  it.each(["a|b", "x".repeat(65), "a:b"])(
    "binds only to short tenant ids if the layout assumes them: %s",
    (tenant) => {
      const granted = permissions([[PAIR.key, [{ x: ["tenant"] }]]], { tenant });
      expect(decide(granted, [PAIR], { shortTenantIds: true })).toMatchObject({
        reason: "binding_not_expressible",
      });
      expect(decide(granted, [PAIR], LONG_IDS)).toHaveProperty("granted");
    },
  );

  it.each([
    "a",
    "A-Za-z0-9-._~@:+=,!|",
    "...",
    "auth0|5f7c8ec7c33c6c004bbafe82",
    "x".repeat(128),
    "ann@example.com",
  ])("binds to an encodable value: %s", (subject) => {
    expect(alternatives([{ x: ["subject"] }], { subject })).toEqual([{ x: subject }]);
  });
});
