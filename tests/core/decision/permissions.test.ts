import { describe, expect, it } from "vitest";
import { type Caller, supposedCaller } from "../../../core/decision/caller.ts";
import { isDenial } from "../../../core/decision/denial.ts";
import type { MembershipState } from "../../../core/decision/memberships.ts";
import { permissionsOf } from "../../../core/decision/permissions.ts";
import { printGrant } from "../../../core/model/grant.ts";
import type { Item } from "../../../core/model/items.ts";
import { catalogueOf, ISSUER, PLAN, ROLE, tenantOf, without } from "../../support/items.ts";

const EDITOR: Item = {
  ...ROLE,
  sk: "ROLE#editor",
  name: "editor",
  hash: "editor-hash",
  grants: ["GET /reports", "GET /documents", "GET /secret"],
};
const OPEN_PLAN: Item = {
  ...without(PLAN, "roles"),
  ceiling: ["GET /documents", "PATCH /users/{userId}", "GET /reports"],
};
const ALL = [ISSUER, ROLE, EDITOR, OPEN_PLAN];
const BARE: Item = { changes: undefined, never: undefined, roles: undefined, issuers: undefined };

interface Scenario {
  readonly caller?: Caller;
  readonly items?: readonly Item[];
  readonly tenant?: Item | null;
  readonly membershipState?: MembershipState | null;
}
const callerWith = (changes: Partial<Parameters<typeof supposedCaller>[0]> = {}): Caller =>
  supposedCaller({ tenant: "acme", subject: "ann", roles: ["viewer"], issuer: "main", ...changes });
const stored = ({ items = ALL, tenant = BARE, membershipState = null }: Scenario) => ({
  catalogue: catalogueOf(...items),
  tenant: tenant === null ? undefined : tenantOf(tenant),
  membershipState,
});
function held(scenario: Scenario = {}) {
  const found = permissionsOf(scenario.caller ?? callerWith(), stored(scenario));
  if (isDenial(found)) throw new Error(`denied: ${found.reason}`);
  return found;
}
const grants = (scenario: Scenario): string[] =>
  [...held(scenario).grants]
    .flatMap(([route, bindings]) => bindings.map((binding) => printGrant({ route, binding })))
    .sort();
const denial = (scenario: Scenario): unknown =>
  permissionsOf(scenario.caller ?? callerWith(), stored(scenario));

describe("permissions", () => {
  it("are the sum of what the roles grant, with all alternatives", () => {
    const other: Item = {
      ...ROLE,
      sk: "ROLE#clerk",
      name: "clerk",
      grants: ["PATCH /users/{userId} where userId=tenant"],
    };
    const caller = callerWith({ roles: ["viewer", "clerk", "editor"] });
    expect(grants({ caller, items: [...ALL, other] })).toEqual([
      "GET /documents",
      "GET /documents",
      "GET /reports",
      "PATCH /users/{userId} where userId=subject",
      "PATCH /users/{userId} where userId=tenant",
    ]);
    expect(held({ caller, items: [...ALL, other] })).toMatchObject({
      roles: ["clerk", "editor", "viewer"],
      plan: "team",
    });
  });

  it("end at the plan's ceiling, also for the tenant's own roles", () => {
    const tenant = { ...BARE, roles: { own: { grants: ["GET /secret", "GET /reports"] } } };
    expect(grants({ caller: callerWith({ roles: ["own", "editor"] }), tenant })).toEqual([
      "GET /documents",
      "GET /reports",
      "GET /reports",
    ]);
  });

  it("exclude what the tenant removes from a role, but another role may still grant it", () => {
    const tenant = { ...BARE, changes: { viewer: { except: ["GET /documents"] } } };
    expect(grants({ tenant })).toEqual(["PATCH /users/{userId} where userId=subject"]);
    expect(grants({ tenant, caller: callerWith({ roles: ["viewer", "editor"] }) })).toContain(
      "GET /documents",
    );
  });

  it("exclude what the tenant never allows, from every role", () => {
    const tenant = {
      ...BARE,
      never: ["GET /reports"],
      roles: { own: { grants: ["GET /reports", "GET /documents"] } },
    };
    expect(grants({ tenant, caller: callerWith({ roles: ["own", "editor"] }) })).toEqual([
      "GET /documents",
      "GET /documents",
    ]);
  });

  it("name only the roles that exist in the tenant", () => {
    const tenant = { ...BARE, changes: { editor: "none" } };
    expect(held({ tenant, caller: callerWith({ roles: ["editor", "viewer", "nobody"] }) }).roles).toEqual([
      "viewer",
    ]);
    expect(
      held({ items: [ISSUER, ROLE, EDITOR, PLAN], caller: callerWith({ roles: ["editor", "viewer"] }) })
        .roles,
    ).toEqual(["viewer"]);
  });

  it("have no ceiling if the tenant has no plan", () => {
    expect(
      grants({
        items: [ISSUER, EDITOR],
        tenant: { ...BARE, plan: undefined },
        caller: callerWith({ roles: ["editor"] }),
      }),
    ).toEqual(["GET /documents", "GET /reports", "GET /secret"]);
  });

  it("have a version that changes with each item that they depend on", () => {
    const versions = [
      held(),
      held({ tenant: { ...BARE, hash: "other" } }),
      held({ items: [ISSUER, { ...ROLE, hash: "other" }, EDITOR, OPEN_PLAN] }),
      held({ items: [ISSUER, ROLE, EDITOR, { ...OPEN_PLAN, hash: "other" }] }),
      held({ items: [{ ...ISSUER, hash: "other" }, ROLE, EDITOR, OPEN_PLAN] }),
    ].map(({ version }) => version);
    for (const version of versions) expect(version).toMatch(/^[0-9a-f]{12}$/);
    expect(new Set(versions).size).toBe(versions.length);
  });

  it("have a version that does not change with other items", () => {
    expect(held({ items: [ISSUER, ROLE, { ...EDITOR, hash: "other" }, OPEN_PLAN] }).version).toBe(
      held().version,
    );
  });
});

describe("a caller without permissions is denied with a reason", () => {
  const WHO = { subject: "ann", tenant: "acme", issuer: "main" };
  it.each<[reason: string, title: string, scenario: Scenario]>([
    ["unknown_tenant", "a tenant that is not in the table", { tenant: null }],
    ["unknown_tenant", "an item of another tenant", { tenant: { ...BARE, id: "globex" } }],
    ["tenant_suspended", "a suspended tenant", { tenant: { ...BARE, status: "suspended" } }],
    [
      "issuer_not_allowed",
      "an issuer that the tenant does not name",
      { tenant: { ...BARE, issuers: ["okta"] } },
    ],
    ["issuer_not_allowed", "a tenant that accepts no issuer", { tenant: { ...BARE, issuers: [] } }],
    [
      "issuer_not_allowed",
      "an issuer that does not cover the tenant",
      { items: [{ ...ISSUER, tenants: ["globex"] }, ROLE, OPEN_PLAN] },
    ],
    ["issuer_not_allowed", "an issuer that is not in the catalogue", { items: [ROLE, OPEN_PLAN] }],
    [
      "issuer_not_allowed",
      "an issuer that does not cover a tenant that does not exist, so that nobody learns which tenants exist",
      { tenant: null, items: [{ ...ISSUER, tenants: [] }, ROLE] },
    ],
    ["no_role", "no role at all", { caller: callerWith({ roles: [] }) }],
    [
      "no_role",
      "roles that do not exist",
      { caller: callerWith({ roles: ["nobody", "__proto__", "constructor"] }) },
    ],
    [
      "no_role",
      "a role that is not in the plan",
      { items: [ISSUER, ROLE, EDITOR, PLAN], caller: callerWith({ roles: ["editor"] }) },
    ],
    ["no_role", "a role that the tenant removes", { tenant: { ...BARE, changes: { viewer: "none" } } }],
  ])("%s: %s", (reason, _, scenario) => {
    expect(denial(scenario)).toEqual({ reason, ...WHO });
  });
});

describe("a tenant whose plan is not in the catalogue", () => {
  it.each<[title: string, tenant: Item, items: readonly Item[]]>([
    ["names another plan", { ...BARE, plan: "gold" }, ALL],
    ["names a plan, but there are none", { ...BARE, plan: "team" }, [ISSUER, ROLE]],
    ["names no plan, but there are some", { ...BARE, plan: undefined }, ALL],
    ["names a plan like a member of every object", { ...BARE, plan: "constructor" }, ALL],
  ])("is our own failure, not a tenant without a ceiling: it %s", (_, tenant, items) => {
    expect(() => denial({ tenant, items })).toThrow(
      expect.objectContaining({
        name: "InternalError",
        code: "item_invalid",
        message: "Item TENANT#acme TENANT: its plan is not in the catalogue",
      }),
    );
  });
});
