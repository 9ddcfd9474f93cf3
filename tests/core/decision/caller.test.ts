import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Caller,
  parseCaller,
  sourceValue,
  sourceValues,
  supposedCaller,
} from "../../../core/decision/caller.ts";
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
const parse = (payload: Item, selected?: string, item = issuer()): Caller | Denial =>
  parseCaller(claimsAfterVerification(item, payload), selected);
function callerOf(payload: Item, selected?: string, item?: IssuerItem): Caller {
  const caller = parse(payload, selected, item);
  if (isDenial(caller)) throw new Error(`denied: ${caller.reason}`);
  return caller;
}
const reason = (payload: Item, selected?: string, item?: IssuerItem): string | undefined => {
  const found = parse(payload, selected, item);
  return isDenial(found) ? found.reason : undefined;
};

describe("a caller", () => {
  it("has the tenant, roles, scopes, subject, id and forwarded claims of the token", () => {
    expect(
      callerOf({
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
      tenantFromToken: true,
      tokenId: "t1",
      issuedAt: 17,
      clientId: "app",
      clients: ["app"],
      delegates: [],
      forwardedClaims: new Map([["dept", "hr"]]),
      listClaims: new Map(),
    });
  });

  it("has nothing that is not in the token", () => {
    expect(callerOf({ sub: "ann", tenant: "acme" })).toMatchObject({
      roles: [],
      scopes: [],
      tokenId: "",
      issuedAt: 0,
      clientId: "",
      forwardedClaims: new Map(),
    });
  });

  it.each<[title: string, sub: unknown]>([
    ["missing", undefined],
    ["empty", ""],
    ["a number", 5],
    ["a list", ["ann"]],
    ["not encodable in UTF-8", `a${LONE}`],
  ])("needs a subject; rejected: %s", (_, sub) => {
    expect(() => parse({ ...PAYLOAD, sub })).toThrow(
      expect.objectContaining({
        name: "AuthenticationError",
        code: "claims_invalid",
        message: expect.stringMatching(/^The token names no subject in sub, which is [a-z 0-9()]+$/),
        issuer: "main",
      }),
    );
  });

  it("has a token id only if jti is a string", () => {
    for (const jti of [5, ["x"], "", LONE, {}]) expect(callerOf({ ...PAYLOAD, jti }).tokenId).toBe("");
  });
});

describe("a caller's tenant", () => {
  it.each<[title: string, tenant: unknown]>([
    ["missing", undefined],
    ["empty", ""],
    ["null", null],
    ["a number", 42],
    ["an object", { acme: true }],
    ["a list that does not only contain strings", ["acme", 5]],
    ["an empty list", []],
    ["a list of empty strings", [""]],
    ["not encodable in UTF-8", LONE],
  ])("that is %s is denied, because there is no default", (_, tenant) => {
    expect(parse({ ...PAYLOAD, tenant })).toMatchObject({
      reason: "no_tenant",
      subject: "ann",
      issuer: "main",
      clientId: "",
    });
  });

  it("is the only one of a list, even if it is repeated", () => {
    expect(callerOf({ ...PAYLOAD, tenant: ["acme", "acme"] }).tenant).toBe("acme");
  });

  it("is used as written: case and spaces are kept", () => {
    expect(callerOf({ ...PAYLOAD, tenant: " Acme " }).tenant).toBe(" Acme ");
  });

  it("needs roles for each tenant and a selector if there are several tenants", () => {
    const several = { ...PAYLOAD, tenant: ["acme", "globex"] };
    const perTenant = { ...several, roles: { acme: ["editor"], globex: "admin viewer" } };
    expect(reason(several)).toBe("roles_not_per_tenant");
    expect(reason(several, "acme")).toBe("roles_not_per_tenant");
    expect(reason(perTenant)).toBe("no_tenant");
    expect(callerOf(perTenant, "globex")).toMatchObject({ tenant: "globex", roles: ["admin", "viewer"] });
    expect(callerOf(perTenant, "acme")).toMatchObject({ tenant: "acme", roles: ["editor"] });
  });

  it("must be one of the token's tenants if a selector names it", () => {
    for (const selected of ["globex", "", "Acme", "acme "])
      expect(reason(PAYLOAD, selected)).toBe("no_tenant");
    expect(callerOf(PAYLOAD, "acme").tenant).toBe("acme");
  });

  it.each(["__proto__", "constructor", "toString"])(
    "may be named %s, and has no inherited roles",
    (tenant) => {
      expect(callerOf({ sub: "ann", tenant, roles: {} })).toMatchObject({ tenant, roles: [] });
      expect(callerOf({ sub: "ann", tenant, roles: JSON.parse(`{"${tenant}": ["editor"]}`) })).toMatchObject({
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
    expect(callerOf({ ...PAYLOAD, roles }).roles).toEqual(names);
  });

  it("come from group names if the issuer maps them, and other groups are ignored", () => {
    const mapped = issuer({ roleNames: { "Quill Readers": ["viewer"], All: ["viewer", "editor"] } }, ISSUER);
    expect(
      callerOf({ ...PAYLOAD, roles: ["Quill Readers", "Others", "viewer"] }, undefined, mapped).roles,
    ).toEqual(["viewer"]);
    expect(callerOf({ ...PAYLOAD, roles: ["All", "Quill Readers"] }, undefined, mapped).roles).toEqual([
      "editor",
      "viewer",
    ]);
    expect(callerOf({ ...PAYLOAD, roles: "Quill Readers" }, undefined, mapped).roles).toEqual(["viewer"]);
    expect(
      callerOf({ ...PAYLOAD, roles: ["constructor", "__proto__", "toString"] }, undefined, mapped).roles,
    ).toEqual([]);
  });

  it("can have the names of members that every object has", () => {
    expect(callerOf({ ...PAYLOAD, roles: ["__proto__", "constructor"] }).roles).toEqual([
      "__proto__",
      "constructor",
    ]);
  });
});

describe("forwarded claims", () => {
  const forwarded = (value: unknown): unknown =>
    callerOf({ ...PAYLOAD, org: { dept: value } }).forwardedClaims.get("dept");
  it.each<[value: unknown, printed: string | undefined]>([
    ["hr", "hr"],
    [5, "5"],
    [false, "false"],
    [["a", "b"], '["a","b"]'],
    [["a,b"], '["a,b"]'],
    [[], "[]"],
    [["a", LONE], undefined],
    ["", undefined],
    [null, undefined],
    [{}, undefined],
    [["a", 5], undefined],
    [LONE, undefined],
  ])("are strings, or absent: %j", (value, printed) => {
    expect(forwarded(value)).toBe(printed);
  });

  it("are the values of bindings to claims, and an absent one is empty", () => {
    const caller = callerOf({ ...PAYLOAD, org: { dept: "hr" } });
    expect(sourceValue(caller, "claim.dept")).toBe("hr");
    expect(sourceValue(caller, "claim.constructor")).toBe("");
    expect(sourceValue(caller, "subject")).toBe("ann");
    expect(sourceValue(caller, "tenant")).toBe("acme");
  });
});

describe("a forwarded list", () => {
  const values = (list: unknown, item?: IssuerItem) =>
    sourceValues(callerOf({ ...PAYLOAD, org: { dept: list } }, undefined, item), "claim.dept");

  it("has each of its values, and never the text that backends read", () => {
    expect(values(["a", "b", "a", ""])).toEqual(["a", "b"]);
    expect(values(["a,b"])).toEqual(["a,b"]);
    expect(values([])).toEqual([]);
    expect(values("a")).toEqual(["a"]);
    expect(values('["a"]')).toEqual(['["a"]']);
  });

  it("has none if it is longer than the issuer's file allows, by default 5", () => {
    const list = ["a", "b", "c", "d", "e"];
    expect(values(list)).toEqual(list);
    expect(values([...list, "f"])).toBeNull();
    expect(values(list, issuer({ listLimits: { dept: 4 } }))).toBeNull();
    expect(values([...list, "f"], issuer({ listLimits: { dept: 6 } }))).toHaveLength(6);
  });
});

describe("claims", () => {
  it("are found in own members only, and never inside a list", () => {
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

  it("never result in names that are not plain strings, whatever they contain", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (claim) => {
        for (const name of [...namesIn(claim), ...wordsIn(claim)]) expect(isPlainText(name)).toBe(true);
      }),
    );
  });

  it("result in a caller or a denial: nothing is thrown", () => {
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
          const found = parse(payload);
          if (isDenial(found)) expect(["no_tenant", "roles_not_per_tenant"]).toContain(found.reason);
          else expect(found.tenant).not.toBe("");
        },
      ),
    );
  });
});

describe("a supposed caller", () => {
  it("has no issuer unless one is given", () => {
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
