import { describe, expect, it } from "vitest";
import { issuerName, roleName, tenantId } from "../../../core/model/ids.ts";
import { type Item, readCatalogue, readTenant } from "../../../core/model/items.ts";
import { route } from "../../support/api.ts";
import { catalogueOf, ISSUER, PLAN, ROLE, TENANT, tenantOf, without } from "../../support/items.ts";

const invalid = (item: Item, field: string) =>
  expect.objectContaining({
    name: "InternalError",
    code: "item_invalid",
    message: expect.stringMatching(
      new RegExp(
        `^Item ${String(item["pk"])} ${String(item["sk"])}: field ${field} is not as version 1 writes it$`,
      ),
    ),
  });
const itemInvalid = expect.objectContaining({ name: "InternalError", code: "item_invalid" });

/** Values of every JSON type, for a field that expects another type. */
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
const typeIn = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
const others = (value: unknown): unknown[] => KINDS.filter((other) => typeIn(other) !== typeIn(value));

describe("a catalogue", () => {
  it("contains roles, plans and issuers by their names", () => {
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

  it("reads absent fields as their defaults", () => {
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

  it("that is empty is missing, because an API without permissions is our own failure", () => {
    expect(() => readCatalogue([])).toThrow(
      expect.objectContaining({
        code: "catalogue_missing",
        message: "The permissions table has no catalogue: apply or publish the policy files",
      }),
    );
  });

  it("with an item of an unknown kind is rejected", () => {
    for (const sk of ["GROUP#x", "role#viewer", "ROLES", ""])
      expect(() => readCatalogue([ISSUER, { ...ROLE, sk }])).toThrow(itemInvalid);
  });

  it("with an item that cannot be read fails only where that item is looked up", () => {
    const other = { ...ROLE, sk: "ROLE#admin", name: "admin" };
    const catalogue = readCatalogue([ISSUER, PLAN, without(ROLE, "grants"), other]);
    expect(() => catalogue.roles.get(roleName("viewer"))).toThrow(invalid(ROLE, "grants"));
    expect(catalogue.roles.has(roleName("viewer"))).toBe(true);
    expect(catalogue.roles.get(roleName("admin"))?.name).toBe("admin");
    expect(catalogue.plans.get("team")?.name).toBe("team");
    expect(catalogue.unreadable).toEqual([invalid(ROLE, "grants")]);
  });

  it("has plans also if none of them can be read, so that no tenant loses its ceiling", () => {
    expect(readCatalogue([ISSUER, without(PLAN, "ceiling")]).hasPlans).toBe(true);
    expect(readCatalogue([ISSUER, ROLE]).hasPlans).toBe(false);
  });

  it("does not confuse names with members of every object", () => {
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
  it("is read with all its fields", () => {
    expect(tenantOf()).toEqual({
      id: tenantId("acme"),
      hash: "tenant-hash",
      status: "active",
      plan: "team",
      issuers: new Set(["main"]),
      changes: new Map([["viewer", new Set(["GET /reports"])]]),
      never: new Set(["DELETE /documents"]),
      roles: new Map([["own", [{ route: route("GET /reports").key, binding: {} }]]]),
      clients: new Map(),
      directories: new Map(),
    });
    expect(tenantOf({ directories: { pools: "x1" } }).directories).toEqual(new Map([["pools", "x1"]]));
  });

  it("reads absent fields as their defaults", () => {
    expect(readTenant(without(TENANT, "plan", "issuers", "changes", "never", "roles"))).toMatchObject({
      plan: null,
      issuers: null,
      changes: new Map(),
      never: new Set(),
      roles: new Map(),
    });
    expect(tenantOf({ changes: { viewer: "none" } }).changes.get(roleName("viewer"))).toBe("none");
  });

  it("is either active or suspended", () => {
    for (const status of ["", "Active", "deleted", "suspended "])
      expect(() => tenantOf({ status })).toThrow(invalid(TENANT, "status"));
  });

  it.each<[title: string, changes: Item]>([
    ["an unknown change", { changes: { viewer: "all" } }],
    ["a change without except", { changes: { viewer: {} } }],
    ["a change whose except is not a list", { changes: { viewer: { except: "GET /documents" } } }],
    ["an own role without grants", { roles: { own: {} } }],
    ["an own role that is a list", { roles: { own: ["GET /documents"] } }],
    ["an own role with a malformed grant", { roles: { own: { grants: ["documents.read"] } } }],
    [
      "an own role with a malformed condition",
      { roles: { own: { grants: ["GET /a/{x} where x=anything"] } } },
    ],
    ["malformed routes in never, which would remove nothing", { never: ["documents.purge"] }],
    ["a directory that is not one segment of a path", { directories: { pools: "a/b" } }],
    ["a directory that is a list", { directories: { pools: ["x1"] } }],
    ["malformed routes in a change", { changes: { viewer: { except: ["documents.purge"] } } }],
  ])("with %s is rejected", (_, changes) => {
    expect(() => tenantOf(changes)).toThrow(itemInvalid);
  });
});

/** Reads an item of the catalogue. @throws InternalError if it cannot be read */
function readStrictly(item: Item): unknown {
  const catalogue = readCatalogue([item]);
  const [error] = catalogue.unreadable;
  if (error !== undefined) throw error;
  return catalogue;
}

describe("an item that lists what its reader must understand", () => {
  it.each([
    ["role", ROLE],
    ["tenant", TENANT],
  ])("is rejected if the list has something unknown: %s", (_, item) => {
    const needs = { ...item, needs: ["client-ceilings"] };
    const message = `Item ${String(item["pk"])} ${String(item["sk"])}: it needs ["client-ceilings"], which this version does not understand: deploy the version that wrote it`;
    const error = expect.objectContaining({ code: "item_invalid", message });
    expect(() => (item === TENANT ? readTenant(needs) : readStrictly(needs))).toThrow(error);
  });

  it("is read if the list is empty, and rejected if it is not a list", () => {
    expect(readTenant({ ...TENANT, needs: [] }).id).toBe("acme");
    expect(() => readTenant({ ...TENANT, needs: "client-ceilings" })).toThrow(invalid(TENANT, "needs"));
  });
});

describe("an item", () => {
  const read = (item: Item): unknown => (item["sk"] === "TENANT" ? readTenant(item) : readStrictly(item));
  const issuerOf = (item: Item) => catalogueOf(item).issuers.get(issuerName("main"));
  const REQUIRED: readonly (readonly [string, Item, readonly string[]])[] = [
    ["role", ROLE, ["v", "sk", "hash", "name", "grants"]],
    ["plan", PLAN, ["v", "sk", "hash", "name", "ceiling"]],
    ["issuer", ISSUER, ["v", "sk", "hash", "name", "tenants", "claims", "audienceClaims", "types"]],
    ["tenant", TENANT, ["v", "hash", "id", "status"]],
  ];
  const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
    role: [],
    plan: ["roles"],
    issuer: ["tokenUse", "roleNames", "pass", "memberships", "staff", "boundTokensUntil"],
    tenant: ["plan", "issuers", "changes", "never", "roles"],
  };

  it.each(REQUIRED.flatMap(([kind, item, fields]) => fields.map((field) => [kind, field, item] as const)))(
    "of a %s without its %s is rejected",
    (_, field, item) => {
      expect(() => read(without(item, field))).toThrow(itemInvalid);
    },
  );

  it.each(
    REQUIRED.flatMap(([kind, item, fields]) =>
      [...fields, ...(OPTIONAL[kind] ?? [])].map((field) => [kind, field, item] as const),
    ),
  )("of a %s with a %s of another type is rejected", (_, field, item) => {
    for (const value of others(item[field])) {
      // An issuer's tenants are "*" or a list of strings.
      if (field === "staff" && value === true) continue;
      if (field === "boundTokensUntil" && value === 5) continue;
      if (field === "tenants" && Array.isArray(value) && value.every((entry) => typeof entry === "string"))
        continue;
      expect([field, value, attempt(() => read({ ...item, [field]: value }))]).toEqual([
        field,
        value,
        "item_invalid",
      ]);
    }
  });

  it("of an issuer covers every tenant only by *", () => {
    for (const tenants of ["acme", "", "**"])
      expect(() => read({ ...ISSUER, tenants })).toThrow(invalid(ISSUER, "tenants"));
  });

  it("does not count inherited fields", () => {
    const inherited: Item = Object.assign(
      Object.create({ grants: ["GET /documents"] }),
      without(ROLE, "grants"),
    );
    expect(() => read(inherited)).toThrow(itemInvalid);
  });

  it.each([0, 2, "1", null, undefined])("of another version is rejected: %j", (v) => {
    expect(() => read({ ...TENANT, v })).toThrow(invalid(TENANT, "v"));
    expect(() => read({ ...ROLE, v })).toThrow(invalid(ROLE, "v"));
  });

  it("of an issuer has a path of at least one name for each claim", () => {
    const claims = ISSUER["claims"] as Item;
    for (const name of ["tenant", "roles", "scopes", "subject"]) {
      expect(() => read({ ...ISSUER, claims: without(claims, name) })).toThrow(invalid(ISSUER, name));
      for (const path of ["tenant", [5], null, {}])
        expect(() => read({ ...ISSUER, claims: { ...claims, [name]: path } })).toThrow(invalid(ISSUER, name));
      expect(() => read({ ...ISSUER, claims: { ...claims, [name]: [] } })).toThrow(invalid(ISSUER, name));
    }
  });

  it("of an issuer has readings that are whole", () => {
    const claims = ISSUER["claims"] as Item;
    const withRoles = (roles: unknown) => () => read({ ...ISSUER, claims: { ...claims, roles } });
    const path = ["roles"];
    for (const whole of [
      { path, as: "keys" },
      { path, as: "member", member: "key" },
      { path, as: "tenant_role", form: "{tenant}:{role}" },
    ])
      expect(issuerOf({ ...ISSUER, claims: { ...claims, roles: whole } })?.claims.roles).toEqual(whole);
    for (const incomplete of [
      { path, as: "member" },
      { path, as: "keys", member: "key" },
      { path, as: "tenant_role" },
      { path, as: "tenant_role", form: "{role}" },
      { path, as: "value" },
      { path, as: "toString" },
    ])
      expect(withRoles(incomplete)).toThrow(invalid(ISSUER, "roles"));
    expect(withRoles({ path: [], as: "keys" })).toThrow(invalid(ISSUER, "roles"));
    expect(() => read({ ...ISSUER, claims: { ...claims, subject: { first: [] } } })).toThrow(
      invalid(ISSUER, "subject"),
    );
  });

  it("of an issuer has kinds with claim, value and audience claims", () => {
    const kind = { claim: "token_use", value: "access", audienceClaims: ["client_id"] };
    expect(issuerOf({ ...ISSUER, kinds: [kind] })).toMatchObject({ kinds: [kind] });
    expect(issuerOf({ ...ISSUER, clients: ["batch"], noAudience: true })).toMatchObject({
      clients: new Set(["batch"]),
      noAudience: true,
    });
    for (const field of ["claim", "value", "audienceClaims"])
      expect(() => read({ ...ISSUER, kinds: [without(kind, field)] })).toThrow(invalid(ISSUER, field));
    for (const kinds of [[], {}, "access", [5]])
      expect(() => read({ ...ISSUER, kinds })).toThrow(itemInvalid);
    for (const noAudience of [false, "true", 1])
      expect(() => read({ ...ISSUER, noAudience })).toThrow(invalid(ISSUER, "noAudience"));
  });

  it("of an issuer maps groups and forwards claims by lists of names", () => {
    for (const value of ["viewer", [5], null, {}]) {
      expect(() => read({ ...ISSUER, roleNames: { G: value } })).toThrow(invalid(ISSUER, "G"));
      expect(() => read({ ...ISSUER, pass: { key: value } })).toThrow(invalid(ISSUER, "key"));
    }
  });

  it("is named in the message, without its value", () => {
    expect(() => read({ ...TENANT, status: "secret" })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  });
});

/** Returns the code of the error that a function throws, or `read`. */
function attempt(work: () => unknown): unknown {
  try {
    work();
    return "read";
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}
