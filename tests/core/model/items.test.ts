import { describe, expect, it } from "vitest";
import { issuerName, roleName, tenantId } from "../../../core/model/ids.ts";
import { type Item, readCatalogue, readTenant } from "../../../core/model/items.ts";
import { route } from "../../support/api.ts";
import { catalogueOf, ISSUER, PLAN, ROLE, TENANT, tenantOf, without } from "../../support/items.ts";

const invalid = (item: Item, field: string) =>
  expect.objectContaining({
    name: "UnavailableError",
    code: "item_invalid",
    message: expect.stringMatching(
      new RegExp(
        `^Item ${String(item["pk"])} ${String(item["sk"])}: field ${field} is not as version 1 writes it$`,
      ),
    ),
  });
const itemInvalid = expect.objectContaining({ name: "UnavailableError", code: "item_invalid" });

/** Values of every kind that JSON knows, for a field that holds none of them. */
const KINDS: readonly unknown[] = [
  null,
  true,
  5,
  "text",
  "",
  [],
  ["text"],
  [5],
  [["text"]],
  {},
  { a: "text" },
  { a: 5 },
  { a: [5] },
  { a: null },
];
const kindOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
const others = (value: unknown): unknown[] => KINDS.filter((other) => kindOf(other) !== kindOf(value));

describe("a catalogue", () => {
  it("has roles, plans and issuers by their names", () => {
    const catalogue = catalogueOf(ISSUER, ROLE, PLAN);
    expect(catalogue.roles.get(roleName("viewer"))?.grants).toEqual([
      { route: "GET /documents", binding: {} },
      { route: "PATCH /users/{userId}", binding: { userId: ["subject"] } },
    ]);
    expect(catalogue.plans.get("team")).toMatchObject({
      ceiling: new Set(PLAN["ceiling"] as string[]),
      roles: new Set(["viewer"]),
    });
    expect(catalogue.issuers.get(issuerName("main"))).toMatchObject({
      tenants: null,
      tokenUse: "access",
      roleNames: new Map([["Readers", ["viewer"]]]),
      pass: new Map([["dept", ["org", "dept"]]]),
    });
  });

  it("takes what may be absent for what it means", () => {
    expect(catalogueOf(without(PLAN, "roles")).plans.get("team")?.roles).toBeNull();
    const issuer = catalogueOf({
      ...without(ISSUER, "roleNames", "tokenUse", "pass"),
      tenants: ["acme"],
    }).issuers.get(issuerName("main"));
    expect(issuer).toMatchObject({
      roleNames: null,
      tokenUse: null,
      pass: new Map(),
      tenants: new Set(["acme"]),
    });
  });

  it("that is empty is missing: an API without permissions is a failure of ours", () => {
    expect(() => readCatalogue([])).toThrow(
      expect.objectContaining({
        code: "catalogue_missing",
        message: "The permissions table has no catalogue: apply or publish the policy files",
      }),
    );
  });

  it("with an item of a kind that is not known is refused", () => {
    for (const sk of ["GROUP#x", "role#viewer", "ROLES", ""])
      expect(() => readCatalogue([ISSUER, { ...ROLE, sk }])).toThrow(itemInvalid);
  });

  it("with one broken item is refused whole", () => {
    expect(() => readCatalogue([ISSUER, PLAN, without(ROLE, "grants")])).toThrow(invalid(ROLE, "grants"));
  });

  it("keeps names like members of every object apart from them", () => {
    const role = catalogueOf({ ...ROLE, sk: "ROLE#constructor", name: "constructor" });
    expect([...role.roles.keys()]).toEqual(["constructor"]);
    expect(role.roles.get(roleName("toString"))).toBeUndefined();
    const issuer = catalogueOf({
      ...ISSUER,
      roleNames: JSON.parse('{"__proto__": ["viewer"], "constructor": ["viewer"]}'),
    });
    expect(issuer.issuers.get(issuerName("main"))?.roleNames).toEqual(
      new Map([
        ["__proto__", ["viewer"]],
        ["constructor", ["viewer"]],
      ]),
    );
  });
});

describe("a tenant's item", () => {
  it("is read whole", () => {
    expect(tenantOf()).toEqual({
      id: tenantId("acme"),
      hash: "tenant-hash",
      status: "active",
      plan: "team",
      issuers: new Set(["main"]),
      changes: new Map([["viewer", new Set(["GET /reports"])]]),
      never: new Set(["DELETE /documents"]),
      roles: new Map([["own", [{ route: route("GET /reports").key, binding: {} }]]]),
    });
  });

  it("takes what may be absent for what it means", () => {
    expect(readTenant(without(TENANT, "plan", "issuers", "changes", "never", "roles"))).toMatchObject({
      plan: null,
      issuers: null,
      changes: new Map(),
      never: new Set(),
      roles: new Map(),
    });
    expect(tenantOf({ changes: { viewer: "none" } }).changes.get(roleName("viewer"))).toBe("none");
  });

  it("is active or suspended and nothing else", () => {
    for (const status of ["", "Active", "deleted", "suspended "])
      expect(() => tenantOf({ status })).toThrow(invalid(TENANT, "status"));
  });

  it.each<[title: string, changes: Item]>([
    ["a change that is none of ours", { changes: { viewer: "all" } }],
    ["a change without except", { changes: { viewer: {} } }],
    ["a change whose except is no list", { changes: { viewer: { except: "GET /documents" } } }],
    ["an own role without grants", { roles: { own: {} } }],
    ["an own role that is a list", { roles: { own: ["GET /documents"] } }],
    ["an own role with a grant that is none", { roles: { own: { grants: ["documents.read"] } } }],
    [
      "an own role with a condition that is none",
      { roles: { own: { grants: ["GET /a/{x} where x=anything"] } } },
    ],
    ["routes taken that are none, so that they would take nothing", { never: ["documents.purge"] }],
    ["routes taken by a change that are none", { changes: { viewer: { except: ["documents.purge"] } } }],
  ])("with %s is refused", (_, changes) => {
    expect(() => tenantOf(changes)).toThrow(itemInvalid);
  });
});

describe("an item", () => {
  const read = (item: Item): unknown => (item["sk"] === "TENANT" ? readTenant(item) : readCatalogue([item]));
  const REQUIRED: readonly (readonly [string, Item, readonly string[]])[] = [
    ["role", ROLE, ["v", "sk", "hash", "name", "grants"]],
    ["plan", PLAN, ["v", "sk", "hash", "name", "ceiling"]],
    ["issuer", ISSUER, ["v", "sk", "hash", "name", "tenants", "claims", "audienceClaims", "types"]],
    ["tenant", TENANT, ["v", "hash", "id", "status"]],
  ];
  const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
    role: [],
    plan: ["roles"],
    issuer: ["tokenUse", "roleNames", "pass", "memberships", "staff"],
    tenant: ["plan", "issuers", "changes", "never", "roles"],
  };

  it.each(REQUIRED.flatMap(([kind, item, fields]) => fields.map((field) => [kind, field, item] as const)))(
    "of a %s without its %s is refused",
    (_, field, item) => {
      expect(() => read(without(item, field))).toThrow(itemInvalid);
    },
  );

  it.each(
    REQUIRED.flatMap(([kind, item, fields]) =>
      [...fields, ...(OPTIONAL[kind] ?? [])].map((field) => [kind, field, item] as const),
    ),
  )("of a %s with a %s of another kind is refused", (_, field, item) => {
    for (const value of others(item[field])) {
      // An issuer's tenants are "*" or a list of texts.
      if (field === "staff" && value === true) continue;
      if (field === "tenants" && Array.isArray(value) && value.every((entry) => typeof entry === "string"))
        continue;
      expect([field, value, attempt(() => read({ ...item, [field]: value }))]).toEqual([
        field,
        value,
        "item_invalid",
      ]);
    }
  });

  it("of an issuer covers every tenant by * alone", () => {
    for (const tenants of ["acme", "", "**"])
      expect(() => read({ ...ISSUER, tenants })).toThrow(invalid(ISSUER, "tenants"));
  });

  it("with an inherited field is one without it", () => {
    const inherited: Item = Object.assign(
      Object.create({ grants: ["GET /documents"] }),
      without(ROLE, "grants"),
    );
    expect(() => read(inherited)).toThrow(itemInvalid);
  });

  it.each([0, 2, "1", null, undefined])("of another version is refused, not guessed at: %j", (v) => {
    expect(() => read({ ...TENANT, v })).toThrow(invalid(TENANT, "v"));
    expect(() => read({ ...ROLE, v })).toThrow(invalid(ROLE, "v"));
  });

  it("of an issuer says where each claim stands, by at least one name", () => {
    const claims = ISSUER["claims"] as Item;
    for (const name of ["tenant", "roles", "scopes", "subject"]) {
      expect(() => read({ ...ISSUER, claims: without(claims, name) })).toThrow(invalid(ISSUER, name));
      for (const path of ["tenant", [5], null, {}])
        expect(() => read({ ...ISSUER, claims: { ...claims, [name]: path } })).toThrow(invalid(ISSUER, name));
      expect(() => read({ ...ISSUER, claims: { ...claims, [name]: [] } })).toThrow(invalid(ISSUER, name));
    }
  });

  it("of an issuer maps groups and passes claims by lists of names", () => {
    for (const value of ["viewer", [5], null, {}]) {
      expect(() => read({ ...ISSUER, roleNames: { G: value } })).toThrow(invalid(ISSUER, "G"));
      expect(() => read({ ...ISSUER, pass: { key: value } })).toThrow(invalid(ISSUER, "key"));
    }
  });

  it("is named in the message, and its value is not", () => {
    expect(() => read({ ...TENANT, status: "secret" })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  });
});

/** The code of what an attempt throws, or `read`. */
function attempt(work: () => unknown): unknown {
  try {
    work();
    return "read";
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}
