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

interface Situation {
  readonly caller?: Caller;
  readonly items?: readonly Item[];
  readonly tenant?: Item | null;
  readonly membershipState?: MembershipState | null;
}
const someone = (changes: Partial<Parameters<typeof supposedCaller>[0]> = {}): Caller =>
  supposedCaller({ tenant: "acme", subject: "ann", roles: ["viewer"], issuer: "main", ...changes });
const stored = ({ items = ALL, tenant = BARE, membershipState = null }: Situation) => ({
  catalogue: catalogueOf(...items),
  tenant: tenant === null ? undefined : tenantOf(tenant),
  membershipState,
});
function held(situation: Situation = {}) {
  const found = permissionsOf(situation.caller ?? someone(), stored(situation));
  if (isDenial(found)) throw new Error(`refused: ${found.reason}`);
  return found;
}
const grants = (situation: Situation): string[] =>
  [...held(situation).grants]
    .flatMap(([route, bindings]) => bindings.map((binding) => printGrant({ route, binding })))
    .sort();
const denial = (situation: Situation): unknown =>
  permissionsOf(situation.caller ?? someone(), stored(situation));

describe("permissions", () => {
  it("are what the roles grant, added up, with alternatives beside each other", () => {
    const other: Item = {
      ...ROLE,
      sk: "ROLE#clerk",
      name: "clerk",
      grants: ["PATCH /users/{userId} where userId=tenant"],
    };
    const caller = someone({ roles: ["viewer", "clerk", "editor"] });
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

  it("end at the plan's ceiling, also those of the tenant's own roles", () => {
    const tenant = { ...BARE, roles: { own: { grants: ["GET /secret", "GET /reports"] } } };
    expect(grants({ caller: someone({ roles: ["own", "editor"] }), tenant })).toEqual([
      "GET /documents",
      "GET /reports",
      "GET /reports",
    ]);
  });

  it("are without what the tenant's change takes from that role, while another role may still give it", () => {
    const tenant = { ...BARE, changes: { viewer: { except: ["GET /documents"] } } };
    expect(grants({ tenant })).toEqual(["PATCH /users/{userId} where userId=subject"]);
    expect(grants({ tenant, caller: someone({ roles: ["viewer", "editor"] }) })).toContain("GET /documents");
  });

  it("are without what the tenant never allows, from whatever role", () => {
    const tenant = {
      ...BARE,
      never: ["GET /reports"],
      roles: { own: { grants: ["GET /reports", "GET /documents"] } },
    };
    expect(grants({ tenant, caller: someone({ roles: ["own", "editor"] }) })).toEqual([
      "GET /documents",
      "GET /documents",
    ]);
  });

  it("name the roles that the tenant really has, and no others", () => {
    const tenant = { ...BARE, changes: { editor: "none" } };
    expect(held({ tenant, caller: someone({ roles: ["editor", "viewer", "nobody"] }) }).roles).toEqual([
      "viewer",
    ]);
    expect(
      held({ items: [ISSUER, ROLE, EDITOR, PLAN], caller: someone({ roles: ["editor", "viewer"] }) }).roles,
    ).toEqual(["viewer"]);
  });

  it("of a tenant without plans have no ceiling", () => {
    expect(
      grants({
        items: [ISSUER, EDITOR],
        tenant: { ...BARE, plan: undefined },
        caller: someone({ roles: ["editor"] }),
      }),
    ).toEqual(["GET /documents", "GET /reports", "GET /secret"]);
  });

  it("have a version that changes with each item that took part", () => {
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

  it("have a version that does not change with items that took no part", () => {
    expect(held({ items: [ISSUER, ROLE, { ...EDITOR, hash: "other" }, OPEN_PLAN] }).version).toBe(
      held().version,
    );
  });
});

describe("no permissions has a reason", () => {
  const WHO = { subject: "ann", tenant: "acme", issuer: "main" };
  it.each<[reason: string, title: string, situation: Situation]>([
    ["unknown_tenant", "a tenant that the table has not", { tenant: null }],
    ["unknown_tenant", "an item of another tenant", { tenant: { ...BARE, id: "globex" } }],
    ["tenant_suspended", "a suspended tenant", { tenant: { ...BARE, status: "suspended" } }],
    [
      "issuer_not_allowed",
      "an issuer that the tenant does not name",
      { tenant: { ...BARE, issuers: ["okta"] } },
    ],
    ["issuer_not_allowed", "an issuer that names nobody's issuers", { tenant: { ...BARE, issuers: [] } }],
    [
      "issuer_not_allowed",
      "an issuer that does not cover the tenant",
      { items: [{ ...ISSUER, tenants: ["globex"] }, ROLE, OPEN_PLAN] },
    ],
    ["issuer_not_allowed", "an issuer that the catalogue has not", { items: [ROLE, OPEN_PLAN] }],
    [
      "issuer_not_allowed",
      "an issuer that does not cover a tenant that there is not: nobody learns which there are",
      { tenant: null, items: [{ ...ISSUER, tenants: [] }, ROLE] },
    ],
    ["no_role", "no role at all", { caller: someone({ roles: [] }) }],
    [
      "no_role",
      "roles that nobody has",
      { caller: someone({ roles: ["nobody", "__proto__", "constructor"] }) },
    ],
    [
      "no_role",
      "a role that the plan has not",
      { items: [ISSUER, ROLE, EDITOR, PLAN], caller: someone({ roles: ["editor"] }) },
    ],
    [
      "no_role",
      "a role that the tenant's change takes whole",
      { tenant: { ...BARE, changes: { viewer: "none" } } },
    ],
  ])("%s: %s", (reason, _, situation) => {
    expect(denial(situation)).toEqual({ reason, ...WHO });
  });
});

describe("a tenant whose plan is not in the catalogue", () => {
  it.each<[title: string, tenant: Item, items: readonly Item[]]>([
    ["names another", { ...BARE, plan: "gold" }, ALL],
    ["names one where there are none", { ...BARE, plan: "team" }, [ISSUER, ROLE]],
    ["names none where there are some", { ...BARE, plan: undefined }, ALL],
    ["is named like a member of every object", { ...BARE, plan: "constructor" }, ALL],
  ])("is a failure of ours, not a tenant without a ceiling: it %s", (_, tenant, items) => {
    expect(() => denial({ tenant, items })).toThrow(
      expect.objectContaining({
        name: "UnavailableError",
        code: "item_invalid",
        message: "Item TENANT#acme TENANT: its plan is not in the catalogue",
      }),
    );
  });
});
