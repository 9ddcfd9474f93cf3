import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Caller, parseCaller, sourceValue, supposedCaller } from "../../../core/decision/caller.ts";
import {
  claimAt,
  claimsAfterVerification,
  isPlainText,
  namesIn,
  wordsIn,
} from "../../../core/decision/claims.ts";
import { type Denial, isDenial } from "../../../core/decision/denial.ts";
import { issuerName } from "../../../core/model/ids.ts";
import type { IssuerItem, Item } from "../../../core/model/items.ts";
import { catalogueOf, ISSUER, without } from "../../support/items.ts";

const PLAIN = without(ISSUER, "roleNames");
const LONE = "\ud800";

function issuer(changes: Item = {}, base = PLAIN): IssuerItem {
  const item = catalogueOf({ ...base, ...changes }).issuers.get(issuerName("main"));
  if (item === undefined) throw new Error("no issuer");
  return item;
}
const PAYLOAD = { sub: "ann", tenant: "acme", roles: ["editor"] };
const from = (payload: Item, selected?: string, item = issuer()): Caller | Denial =>
  parseCaller(claimsAfterVerification(item, payload), selected);
function known(payload: Item, selected?: string, item?: IssuerItem): Caller {
  const caller = from(payload, selected, item);
  if (isDenial(caller)) throw new Error(`refused: ${caller.reason}`);
  return caller;
}
const reason = (payload: Item, selected?: string, item?: IssuerItem): string | undefined => {
  const found = from(payload, selected, item);
  return isDenial(found) ? found.reason : undefined;
};

describe("a caller", () => {
  it("has tenant, roles, scopes, subject, token id and passed claims of the token", () => {
    expect(
      known({
        ...PAYLOAD,
        roles: ["editor", "admin", "editor"],
        scope: "b a  b",
        jti: "t1",
        iat: 17,
        azp: "app",
        org: { dept: "hr" },
      }),
    ).toEqual({
      tenant: "acme",
      subject: "ann",
      roles: ["admin", "editor"],
      scopes: ["a", "b"],
      issuer: "main",
      named: true,
      tokenId: "t1",
      issuedAt: 17,
      clientId: "app",
      passed: new Map([["dept", "hr"]]),
    });
  });

  it("has nothing that the token does not say", () => {
    expect(known({ sub: "ann", tenant: "acme" })).toMatchObject({
      roles: [],
      scopes: [],
      tokenId: "",
      issuedAt: 0,
      clientId: "",
      passed: new Map(),
    });
  });

  it.each<[title: string, sub: unknown]>([
    ["missing", undefined],
    ["empty", ""],
    ["a number", 5],
    ["a list", ["ann"]],
    ["without a form in UTF-8", `a${LONE}`],
  ])("without a subject is no caller: %s", (_, sub) => {
    expect(() => from({ ...PAYLOAD, sub })).toThrow(
      expect.objectContaining({
        name: "UnauthorizedError",
        code: "claims_invalid",
        message: "The token names no subject in sub",
        issuer: "main",
      }),
    );
  });

  it("has a token id only where it is a text", () => {
    for (const jti of [5, ["x"], "", LONE, {}]) expect(known({ ...PAYLOAD, jti }).tokenId).toBe("");
  });
});

describe("a caller's tenant", () => {
  it.each<[title: string, tenant: unknown]>([
    ["missing", undefined],
    ["empty", ""],
    ["null", null],
    ["a number", 42],
    ["an object", { acme: true }],
    ["a list with something else in it", ["acme", 5]],
    ["an empty list", []],
    ["a list of empty texts", [""]],
    ["without a form in UTF-8", LONE],
  ])("that is %s is a refusal, never a default", (_, tenant) => {
    expect(from({ ...PAYLOAD, tenant })).toEqual({ reason: "no_tenant", subject: "ann", issuer: "main" });
  });

  it("is the one of a list of one, also where it stands twice", () => {
    expect(known({ ...PAYLOAD, tenant: ["acme", "acme"] }).tenant).toBe("acme");
  });

  it("is taken as it is written: no case is folded and no space is cut", () => {
    expect(known({ ...PAYLOAD, tenant: " Acme " }).tenant).toBe(" Acme ");
  });

  it("among several needs roles for each, and a selector", () => {
    const several = { ...PAYLOAD, tenant: ["acme", "globex"] };
    const perTenant = { ...several, roles: { acme: ["editor"], globex: "admin viewer" } };
    expect(reason(several)).toBe("roles_not_per_tenant");
    expect(reason(several, "acme")).toBe("roles_not_per_tenant");
    expect(reason(perTenant)).toBe("no_tenant");
    expect(known(perTenant, "globex")).toMatchObject({ tenant: "globex", roles: ["admin", "viewer"] });
    expect(known(perTenant, "acme")).toMatchObject({ tenant: "acme", roles: ["editor"] });
  });

  it("that the selector names must be one of the token's", () => {
    for (const selected of ["globex", "", "Acme", "acme "])
      expect(reason(PAYLOAD, selected)).toBe("no_tenant");
    expect(known(PAYLOAD, "acme").tenant).toBe("acme");
  });

  it.each(["__proto__", "constructor", "toString"])(
    "may be named %s, and has no roles out of thin air",
    (tenant) => {
      expect(known({ sub: "ann", tenant, roles: {} })).toMatchObject({ tenant, roles: [] });
      expect(known({ sub: "ann", tenant, roles: JSON.parse(`{"${tenant}": ["editor"]}`) })).toMatchObject({
        tenant,
        roles: ["editor"],
      });
    },
  );
});

describe("a caller's roles", () => {
  it.each<[roles: unknown, names: string[]]>([
    ["editor", ["editor"]],
    ["editor admin", ["admin", "editor"]],
    [["editor", LONE, ""], ["editor"]],
    [["editor", 5], []],
    [5, []],
    [true, []],
    [null, []],
    [{ globex: ["admin"] }, []],
    [{ acme: "a b" }, ["a", "b"]],
    [{ acme: { editor: true } }, []],
    [{ acme: 5 }, []],
  ])("are names: %j", (roles, names) => {
    expect(known({ ...PAYLOAD, roles }).roles).toEqual(names);
  });

  it("come from group names where the issuer maps them, and other groups count for nothing", () => {
    const mapped = issuer({ roleNames: { "Quill Readers": ["viewer"], All: ["viewer", "editor"] } }, ISSUER);
    expect(
      known({ ...PAYLOAD, roles: ["Quill Readers", "Others", "viewer"] }, undefined, mapped).roles,
    ).toEqual(["viewer"]);
    expect(known({ ...PAYLOAD, roles: ["All", "Quill Readers"] }, undefined, mapped).roles).toEqual([
      "editor",
      "viewer",
    ]);
    expect(known({ ...PAYLOAD, roles: "Quill Readers" }, undefined, mapped).roles).toEqual(["viewer"]);
    expect(
      known({ ...PAYLOAD, roles: ["constructor", "__proto__", "toString"] }, undefined, mapped).roles,
    ).toEqual([]);
  });

  it("named like members of every object are roles like any other", () => {
    expect(known({ ...PAYLOAD, roles: ["__proto__", "constructor"] }).roles).toEqual([
      "__proto__",
      "constructor",
    ]);
  });
});

describe("passed claims", () => {
  const passing = (value: unknown): unknown =>
    known({ ...PAYLOAD, org: { dept: value } }).forwardedClaims.get("dept");
  it.each<[value: unknown, passed: string | undefined]>([
    ["hr", "hr"],
    [5, "5"],
    [false, "false"],
    [["a", "b"], "a,b"],
    ["", undefined],
    [null, undefined],
    [{}, undefined],
    [[], undefined],
    [["a", 5], undefined],
    [LONE, undefined],
  ])("are texts, or absent: %j", (value, passed) => {
    expect(passing(value)).toBe(passed);
  });

  it("are what bindings to claims mean, and an absent one is empty", () => {
    const caller = known({ ...PAYLOAD, org: { dept: "hr" } });
    expect(sourceValue(caller, "claim.dept")).toBe("hr");
    expect(sourceValue(caller, "claim.constructor")).toBe("");
    expect(sourceValue(caller, "subject")).toBe("ann");
    expect(sourceValue(caller, "tenant")).toBe("acme");
  });
});

describe("claims", () => {
  it("are found by own members only, and never inside a list", () => {
    const payload = { a: { b: 1 }, list: [{ b: 2 }], text: "x" };
    expect(claimAt(payload, ["a", "b"])).toBe(1);
    for (const path of [
      ["constructor"],
      ["__proto__"],
      ["a", "toString"],
      ["list", "0", "b"],
      ["list", "length"],
      ["text", "length"],
      ["a", "b", "c"],
    ])
      expect(claimAt(payload, path)).toBeUndefined();
  });

  it("with dots or slashes in their names are one claim", () => {
    expect(claimAt({ "https://x.example/org": "acme", "a.b": 1 }, ["https://x.example/org"])).toBe("acme");
  });

  it("are read whatever they hold: names are plain texts, once each way", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (claim) => {
        for (const name of [...namesIn(claim), ...wordsIn(claim)]) expect(isPlainText(name)).toBe(true);
      }),
    );
  });

  it("make a caller or a refusal, or are refused: nothing else is thrown", () => {
    fc.assert(
      fc.property(
        fc.record({
          sub: fc.constant("ann"),
          tenant: fc.jsonValue(),
          roles: fc.jsonValue(),
          scope: fc.jsonValue(),
          jti: fc.jsonValue(),
        }),
        (payload) => {
          const found = from(payload);
          if (isDenial(found)) expect(["no_tenant", "roles_not_per_tenant"]).toContain(found.reason);
          else expect(found.tenant).not.toBe("");
        },
      ),
    );
  });
});

describe("a supposed caller", () => {
  it("is of no issuer unless it names one", () => {
    expect(supposedCaller({ tenant: "acme" })).toMatchObject({
      tenant: "acme",
      subject: "",
      roles: [],
      scopes: [],
      issuer: null,
    });
    expect(supposedCaller({ tenant: "acme", issuer: "main", roles: ["b", "a", "b"] })).toMatchObject({
      issuer: "main",
      roles: ["a", "b"],
    });
  });
});
