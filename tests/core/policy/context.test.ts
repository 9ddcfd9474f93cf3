import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { supposedCaller } from "../../../core/decision/caller.ts";
import { DENY_REASONS } from "../../../core/decision/denial.ts";
import type { Permissions } from "../../../core/decision/permissions.ts";
import { issuerName, roleName, subject, tenantId } from "../../../core/model/ids.ts";
import {
  createContext,
  denialContext,
  encodeValue,
  fitsContext,
  MAX_CONTEXT_BYTES,
  omitUntilFits,
  principalIdFor,
  RESERVED_KEYS,
} from "../../../core/policy/context.ts";

const wellFormed = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed());
const permissions = (
  who: Partial<Parameters<typeof supposedCaller>[0]> = {},
  plan: string | null = "team",
): Permissions => ({
  caller: supposedCaller({
    tenant: "acme",
    subject: "ann",
    scopes: ["b", "a"],
    issuer: "main",
    claims: { dept: "hr" },
    ...who,
  }),
  roles: [roleName("editor"), roleName("viewer")],
  plan,
  actor: null,
  ownsSubject: true,
  grants: new Map(),
  version: "0123456789ab",
});

describe("encodeValue", () => {
  it("keeps printable ASCII, and percent-encodes the rest and %", () => {
    expect(encodeValue("auth0|a b~!'(*)[]^")).toBe("auth0|a b~!'(*)[]^");
    expect(encodeValue('","tenantId":"x\\')).toBe("%22,%22tenantId%22:%22x%5C");
    expect(encodeValue("50% Ünï\n")).toBe("50%25 %C3%9Cn%C3%AF%0A");
    expect(encodeValue("😀")).toBe("%F0%9F%98%80");
  });

  it("encodes spaces at the ends, because receivers trim headers, and a lone -, because it means none", () => {
    expect(encodeValue("  a b ")).toBe("%20%20a b%20");
    expect(encodeValue(" ")).toBe("%20");
    expect(encodeValue("-")).toBe("%2D");
    expect(encodeValue("--")).toBe("--");
  });

  it("returns printable ASCII that decodes to the value, so that two values never become the same", () => {
    fc.assert(
      fc.property(wellFormed, (value) => {
        expect(encodeValue(value)).toMatch(/^(?!-$|.* $)([!-~][ -~]*)?$/);
        expect(decodeURIComponent(encodeValue(value))).toBe(value);
      }),
    );
  });
});

describe("a context", () => {
  it("contains the caller as strings", () => {
    expect(createContext(permissions(), "route_not_granted")).toEqual({
      userId: "ann",
      tenantId: "acme",
      roles: "editor,viewer",
      plan: "team",
      scopes: "a b",
      issuer: "main",
      actor: "-",
      delegate: "-",
      omitted: "-",
      policyVersion: "0123456789ab",
      dept: "hr",
      reason: "route_not_granted",
    });
  });

  it("always has an actor, so that a client's own X-Actor never reaches an HTTP backend", () => {
    const staff = (actor: string) =>
      createContext({ ...permissions(), actor: subject(actor) }, "route_not_granted");
    expect(staff("eve")).toMatchObject({ actor: "eve" });
    expect(staff("-")).toMatchObject({ actor: "%2D" });
  });

  it("always has the current delegate or -, with the issuer before the first space", () => {
    const through = (issuer: string, by: string) =>
      createContext(permissions({ delegate: { issuer, subject: by } }), "route_not_granted")["delegate"];
    expect(through("main", "agent 7 ")).toBe("main agent 7%20");
    expect(through("https://agents.example", "-")).toBe("https://agents.example -");
  });

  it("leaves out what is empty", () => {
    const context = createContext(
      permissions({ scopes: [], claims: { dept: "" }, subject: "" }, null),
      "route_not_granted",
    );
    for (const key of ["plan", "scopes", "tokenId", "userId", "dept"])
      expect(context).not.toHaveProperty(key);
  });

  it("is printable ASCII, whatever the token contains", () => {
    fc.assert(
      fc.property(wellFormed, wellFormed, wellFormed, (a, b, c) => {
        const context = createContext(
          permissions({ subject: a, tenant: b, claims: { dept: c }, scopes: [a] }),
          "route_not_granted",
        );
        for (const value of Object.values(context)) expect(value).toMatch(/^[ -~]+$/);
      }),
    );
  });

  it.each(RESERVED_KEYS)("has our own value under our own key, whatever claims are forwarded: %s", (key) => {
    const own = createContext(permissions({ claims: {} }), "route_not_granted");
    const forged = createContext(permissions({ claims: { [key]: "forged" } }), "route_not_granted");
    expect(forged[key]).toBe(own[key]);
  });

  it(`fits up to ${MAX_CONTEXT_BYTES} bytes of JSON`, () => {
    const empty = JSON.stringify({ a: "" }).length;
    expect(fitsContext({ a: "x".repeat(MAX_CONTEXT_BYTES - empty) })).toBe(true);
    expect(fitsContext({ a: "x".repeat(MAX_CONTEXT_BYTES - empty + 1) })).toBe(false);
    expect(fitsContext({ a: '"'.repeat((MAX_CONTEXT_BYTES - empty) / 2 + 1) })).toBe(false);
  });
});

describe("a context that is too large", () => {
  const scopes = Array.from({ length: 60 }, (_, index) => `documents:write:${index}`);
  const contextOf = (claims: Readonly<Record<string, string>>) =>
    createContext(permissions({ scopes, claims }), "route_not_granted");

  it("is without its scopes, so that a caller with 60 of them is not denied", () => {
    const { scopes: _, ...others } = contextOf({ dept: "hr" });
    expect(omitUntilFits(contextOf({ dept: "hr" }), [])).toEqual({ ...others, omitted: "scopes" });
  });

  it("is then without what the issuer's file allows, in its order, the roles last", () => {
    const context = contextOf({ dept: "d".repeat(600), title: "t".repeat(600), mail: "ann@acme.example" });
    expect(omitUntilFits(context, ["roles", "title", "dept"])).toMatchObject({
      omitted: "scopes,title",
      dept: "d".repeat(600),
      roles: "editor,viewer",
    });
    const larger = { ...context, userId: "u".repeat(800), roles: "r".repeat(200) };
    expect(omitUntilFits(larger, ["roles", "title", "dept"])).toMatchObject({
      omitted: "scopes,title,dept,roles",
      roles: "-",
      mail: "ann@acme.example",
    });
  });

  it("is unchanged if it does not fit even then, or fits at once", () => {
    const context = contextOf({ dept: "d".repeat(1_000) });
    expect(omitUntilFits(context, [])).toBe(context);
    const small = createContext(permissions(), "route_not_granted");
    expect(omitUntilFits(small, ["dept", "roles"])).toBe(small);
  });

  it("never has a part of a value, whatever may be omitted", () => {
    const size = fc.integer({ min: 0, max: 900 });
    fc.assert(
      fc.property(size, size, size, fc.shuffledSubarray(["dept", "title", "roles"]), (a, b, c, mayOmit) => {
        const context = contextOf({ dept: "d".repeat(a), title: "t".repeat(b), mail: "m".repeat(c) });
        const found = omitUntilFits(context, mayOmit);
        const omitted = found["omitted"] === "-" ? [] : (found["omitted"]?.split(",") ?? []);
        for (const [key, value] of Object.entries(context))
          if (key !== "omitted" && !omitted.includes(key)) expect(found[key]).toBe(value);
        for (const key of omitted) expect(["scopes", ...mayOmit]).toContain(key);
        if (!fitsContext(found)) expect(found).toBe(context);
      }),
    );
  });
});

describe("a denial's context", () => {
  it("contains the reason and what is known about the caller", () => {
    const denial = {
      reason: "tenant_suspended",
      subject: subject("änn"),
      tenant: tenantId("acme"),
      issuer: issuerName("main"),
    } as const;
    expect(denialContext(denial, "v1")).toEqual({
      userId: "%C3%A4nn",
      tenantId: "acme",
      issuer: "main",
      policyVersion: "v1",
      reason: "tenant_suspended",
    });
    expect(denialContext({ reason: "no_tenant" }, undefined)).toEqual({ reason: "no_tenant" });
  });

  it("contains only the reason if the rest does not fit", () => {
    expect(denialContext({ reason: "no_tenant", subject: subject("ä".repeat(400)) }, "v1")).toEqual({
      reason: "no_tenant",
    });
  });

  it("has reasons that need no escaping in a template", () => {
    for (const reason of DENY_REASONS) expect(reason).toMatch(/^[a-z_]+$/);
  });
});

describe("the principal", () => {
  it("is the subject, in printable ASCII", () => {
    expect(principalIdFor({ subject: subject("auth0|ann") })).toBe("auth0|ann");
    expect(principalIdFor({ subject: subject("ünï") })).toBe("%C3%BCn%C3%AF");
    expect(principalIdFor({})).toBe("");
  });
});
