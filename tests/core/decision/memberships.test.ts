import { describe, expect, it } from "vitest";
import { parseCaller } from "../../../core/decision/caller.ts";
import { claimsAfterVerification } from "../../../core/decision/claims.ts";
import { isDenial } from "../../../core/decision/denial.ts";
import {
  clientSortKey,
  memberSortKey,
  membershipKeys,
  REVOKED_ISSUED,
  readMembershipState,
  revokedSubject,
  revokedToken,
} from "../../../core/decision/memberships.ts";
import { type Permissions, permissionsOf } from "../../../core/decision/permissions.ts";
import { issuerName } from "../../../core/model/ids.ts";
import type { Item } from "../../../core/model/items.ts";
import { createContext } from "../../../core/policy/context.ts";
import { catalogueOf, ISSUER, PLAN, ROLE, tenantOf, without } from "../../support/items.ts";

const NOW = 1_000_000;
const EDITOR: Item = { ...ROLE, sk: "ROLE#editor", name: "editor", hash: "editor-hash" };
const BARE: Item = { changes: undefined, never: undefined, roles: undefined, issuers: undefined };

const member = (roles: unknown, changes: Item = {}): Item => ({
  pk: "TENANT#acme",
  sk: memberSortKey("main", "ann"),
  v: 1,
  owner: "runtime",
  hash: "member-hash",
  generation: "g1",
  id: "acme",
  roles,
  ...changes,
});
const revocation = (sk: string, changes: Item = {}): Item => ({
  pk: "TENANT#acme",
  sk,
  v: 1,
  owner: "runtime",
  generation: "g1",
  until: NOW + 1,
  ...changes,
});

interface Scenario {
  readonly issuer?: Item;
  readonly payload?: Item;
  readonly selected?: string;
  readonly items?: readonly Item[];
  readonly tenant?: Item | null;
}

/** Returns the permissions for a token's payload, or the reason why there are none. */
function permissionsFor({
  issuer = { memberships: "merge" },
  payload = {},
  selected,
  items = [],
  tenant = BARE,
}: Scenario): Permissions | string {
  const catalogue = catalogueOf({ ...without(ISSUER, "roleNames"), ...issuer }, ROLE, EDITOR, {
    ...without(PLAN, "roles"),
  });
  const main = catalogue.issuers.get(issuerName("main"));
  if (main === undefined) throw new Error("no issuer");
  const token = { sub: "ann", tenant: "acme", iat: NOW - 10, jti: "t1", ...payload };
  const caller = parseCaller(claimsAfterVerification(main, token), selected);
  if (isDenial(caller)) return caller.reason;
  const found = permissionsOf(caller, {
    catalogue,
    tenant: tenant === null ? undefined : tenantOf(tenant),
    membershipState: { ...readMembershipState(items), at: NOW, generation: "g1" },
  });
  return isDenial(found) ? found.reason : found;
}
const roles = (scenario: Scenario): readonly string[] | string => {
  const found = permissionsFor(scenario);
  return typeof found === "string" ? found : found.roles;
};

describe("memberships", () => {
  const items = [member([{ role: "editor" }])];

  it.each<[title: string, scenario: Scenario, expected: readonly string[] | string]>([
    ["add to the token's roles", { items, payload: { roles: ["viewer"] } }, ["editor", "viewer"]],
    ["give roles to a token that has none", { items }, ["editor"]],
    [
      "replace the token's roles if the issuer says so",
      { items, issuer: { memberships: "instead" }, payload: { roles: ["viewer"] } },
      ["editor"],
    ],
    [
      "leave no role if there are none, even if the token names one",
      { issuer: { memberships: "instead" }, payload: { roles: ["viewer"] } },
      "no_role",
    ],
    [
      "are ignored for an issuer that does not use them",
      { items, issuer: {}, payload: { roles: ["viewer"] } },
      ["viewer"],
    ],
    [
      "of a client count too, in tokens of which it is the subject",
      {
        payload: { sub: "app" },
        items: [member([{ role: "editor" }], { sk: clientSortKey("main", "app") })],
      },
      ["editor"],
    ],
    [
      "of another tenant do not count",
      { items: [member([{ role: "editor" }], { pk: "TENANT#globex" })] },
      "no_role",
    ],
    ["last until their end", { items: [member([{ role: "editor", until: NOW + 1 }])] }, ["editor"]],
    [
      "do not count after their end",
      { items: [member([{ role: "editor", until: NOW }, { role: "viewer" }])] },
      ["viewer"],
    ],
    [
      "do not give a role that does not exist in the tenant",
      { items: [member([{ role: "nobody" }])] },
      "no_role",
    ],
    [
      "do not open a suspended tenant",
      { items, tenant: { ...BARE, status: "suspended" } },
      "tenant_suspended",
    ],
  ])("%s", (_, scenario, expected) => {
    expect(roles(scenario)).toEqual(expected);
  });

  it("are part of the version", () => {
    const versions = [items, [member([{ role: "editor" }], { hash: "other" })]].map((those) => {
      const found = permissionsFor({ items: those });
      return typeof found === "string" ? found : found.version;
    });
    expect(new Set(versions).size).toBe(2);
  });
});

describe("a tenant that the selector names but the token does not", () => {
  const selected = "acme";
  const payload = { tenant: "globex", roles: ["viewer"] };

  it("is open to a member, with the roles of the membership only", () => {
    expect(roles({ selected, payload, items: [member([{ role: "editor" }])] })).toEqual(["editor"]);
    expect(
      roles({ selected, payload: { tenant: undefined }, items: [member([{ role: "editor" }])] }),
    ).toEqual(["editor"]);
    const perTenant = { tenant: ["globex"], roles: { globex: ["viewer"], acme: ["viewer"] } };
    expect(roles({ selected, payload: perTenant, items: [member([{ role: "editor" }])] })).toEqual([
      "editor",
    ]);
  });

  it.each<[title: string, scenario: Scenario]>([
    ["without a membership", {}],
    ["with one that has ended", { items: [member([{ role: "editor", until: NOW }])] }],
    ["with one of another tenant", { items: [member([{ role: "editor" }], { pk: "TENANT#globex" })] }],
    ["with an issuer that uses no memberships", { issuer: {}, items: [member([{ role: "editor" }])] }],
    ["if it does not exist, so that nobody learns which tenants exist", { tenant: null }],
  ])("is closed %s", (_, scenario) => {
    expect(roles({ selected, payload, ...scenario })).toBe("no_tenant");
  });

  it("needs no roles in a token with several tenants, but flat roles are still denied", () => {
    const tenant = ["acme", "globex"];
    expect(roles({ selected, payload: { tenant }, items: [member([{ role: "editor" }])] })).toEqual([
      "editor",
    ]);
    expect(roles({ selected, payload: { tenant, roles: ["viewer"] } })).toBe("roles_not_per_tenant");
    expect(
      roles({
        selected,
        issuer: { memberships: "instead" },
        payload: { tenant, roles: ["viewer"] },
        items: [member([{ role: "editor" }])],
      }),
    ).toEqual(["editor"]);
  });
});

describe("staff", () => {
  const issuer = { memberships: "instead", staff: true };

  it("act in a tenant with an end and a reason, and are named", () => {
    const found = permissionsFor({
      issuer,
      items: [member([{ role: "editor", until: NOW + 1, reason: "ticket 7" }])],
    });
    if (typeof found === "string") throw new Error(found);
    expect(found.roles).toEqual(["editor"]);
    expect(createContext(found, "route_not_granted")).toMatchObject({ userId: "ann", actor: "ann" });
  });

  it.each<[title: string, role: Item]>([
    ["an end", { role: "editor", reason: "ticket 7" }],
    ["a reason", { role: "editor", until: NOW + 1 }],
    ["a reason with a word in it", { role: "editor", until: NOW + 1, reason: "" }],
    ["an end in the future", { role: "editor", until: NOW, reason: "ticket 7" }],
  ])("have no role without %s", (_, role) => {
    expect(roles({ issuer, items: [member([role])], payload: { roles: ["viewer"] } })).toBe("no_role");
  });

  it("have no roles from their token, whatever the issuer's item says about memberships", () => {
    expect(roles({ issuer: { memberships: "merge", staff: true }, payload: { roles: ["viewer"] } })).toBe(
      "no_role",
    );
    expect(roles({ issuer: { staff: true }, payload: { roles: ["viewer"] } })).toBe("no_role");
  });

  it("are the only ones with an actor", () => {
    const found = permissionsFor({ items: [member([{ role: "editor" }])] });
    if (typeof found === "string") throw new Error(found);
    expect(createContext(found, "route_not_granted")).toMatchObject({ actor: "-" });
  });
});

describe("a revocation", () => {
  const payload = { roles: ["viewer"] };
  const issued = (before: number, changes: Item = {}) => revocation(REVOKED_ISSUED, { before, ...changes });

  it.each<[title: string, expected: readonly string[] | string, items: readonly Item[], payload?: Item]>([
    ["of the token", "revoked", [revocation(revokedToken("t1"))]],
    ["of the subject", "revoked", [revocation(revokedSubject("main", "ann"))]],
    ["of tokens issued before a time", "revoked", [issued(NOW)]],
    ["of tokens issued before a time, for a token without iat", "revoked", [issued(1)], { iat: undefined }],
    ["of tokens issued before this token", ["viewer"], [issued(NOW - 10)]],
    [
      "that has ended",
      ["viewer"],
      [revocation(revokedToken("t1"), { until: NOW }), issued(NOW, { until: 1 })],
    ],
    ["of another tenant", ["viewer"], [revocation(revokedToken("t1"), { pk: "TENANT#globex" })]],
  ])("%s", (_, expected, items, changes = {}) => {
    expect(roles({ payload: { ...payload, ...changes }, items })).toEqual(expected);
  });

  it("also applies to issuers without memberships, and overrules memberships", () => {
    const items = [revocation(revokedToken("t1")), member([{ role: "editor" }])];
    expect(roles({ issuer: {}, payload, items })).toBe("revoked");
    expect(roles({ selected: "acme", payload: { tenant: undefined }, items })).toBe("revoked");
  });
});

describe("an item of memberships and revocations", () => {
  it.each<[title: string, item: Item]>([
    ["a membership of another version", member([], { v: 2 })],
    ["a revocation of another version", revocation(revokedToken("t1"), { v: 2 })],
    ["a membership whose roles are strings", member(["editor"])],
    ["a membership without roles", member(undefined)],
    ["a role whose end is a string", member([{ role: "editor", until: "tomorrow" }])],
    ["a revocation without an end", revocation(revokedToken("t1"), { until: undefined })],
    ["a revocation without a time", revocation(REVOKED_ISSUED)],
    ["another kind of item", revocation("SOMETHING#else")],
    ["a key that is not a tenant's", member([], { pk: "ACME" })],
  ])("is rejected if it is not understood: %s", (_, item) => {
    expect(() => readMembershipState([item])).toThrow(expect.objectContaining({ code: "item_invalid" }));
  });

  it("has a key that results from the token", () => {
    const main = catalogueOf({ ...ISSUER, memberships: "merge" }, ROLE).issuers.get(issuerName("main"));
    if (main === undefined) throw new Error("no issuer");
    const keysOf = (payload: Item, uses: "merge" | null = "merge"): string[] => {
      const issuer = { ...main, memberships: uses };
      const caller = parseCaller(
        claimsAfterVerification(issuer, { sub: "a#b", tenant: "acme", ...payload }),
        undefined,
      );
      if (isDenial(caller)) throw new Error(caller.reason);
      return membershipKeys(caller, issuer);
    };
    const client = { client_id: "app", azp: "app", jti: "t1" };
    expect(keysOf({ ...client, azp: "other" })).toEqual(keysOf({ jti: "t1" }));
    expect(keysOf(client)).not.toContain("CLIENT#main#app");
    expect(keysOf({ ...client, sub: "app", azp: "other" })).not.toContain("CLIENT#main#app");
    expect(keysOf({ ...client, sub: "app" })).toContain("CLIENT#main#app");
    expect(keysOf({ act: { sub: "bot" } })).toContain("REVOKED#SUBJECT#main#bot");
    const machines = { claims: { ...main.claims, subject: { first: ["user", "client_id"] as const } } };
    const machineKeys = parseCaller(
      claimsAfterVerification({ ...main, ...machines }, { tenant: "acme", client_id: "app" }),
      undefined,
    );
    if (isDenial(machineKeys)) throw new Error(machineKeys.reason);
    expect(membershipKeys(machineKeys, main)).toContain("CLIENT#main#app");
    expect(keysOf(client)).toEqual([
      "MEMBER#main#a#b",
      "REVOKED#TOKEN#t1",
      "REVOKED#SUBJECT#main#a#b",
      "REVOKED#ISSUED",
    ]);
    const okta = { ...main, clientClaims: ["cid"] };
    const machine = parseCaller(
      claimsAfterVerification(okta, { sub: "s", tenant: "acme", cid: "app" }),
      undefined,
    );
    expect(machine).toMatchObject({ clientId: "app" });
    expect(keysOf({}, null)).toEqual(["REVOKED#SUBJECT#main#a#b", "REVOKED#ISSUED"]);
  });
});

describe("a revoked client", () => {
  const revoked = (clients: Item, changes: Item = {}): Item =>
    revocation(REVOKED_ISSUED, { until: undefined, needs: ["revoked_clients"], clients, ...changes });
  const by = (payload: Item, ...items: readonly Item[]) =>
    permissionsFor({ issuer: {}, payload: { roles: ["viewer"], azp: undefined, ...payload }, items });

  it("is denied in the tenant, for every person, until the end", () => {
    const item = revoked({ "main#app": NOW + 1, "main#old": NOW, "other#web": NOW + 1 });
    expect(by({ client_id: "app" }, item)).toBe("revoked");
    expect(by({ client_id: "app", sub: "bob" }, item)).toBe("revoked");
    for (const client_id of ["old", "web", "App", "main#app", ""])
      expect({ client_id, found: by({ client_id }, item) }).toMatchObject({ found: { roles: ["viewer"] } });
    expect(by({ client_id: "app" }, { ...item, generation: "g0" })).toMatchObject({ roles: ["viewer"] });
  });

  it("does not escape by naming another client too", () => {
    const item = revoked({ "main#app": NOW + 1 });
    expect(by({ client_id: "web", azp: "app" }, item)).toBe("revoked");
    expect(by({ client_id: "app", azp: ["web"] }, item)).toBe("revoked");
  });

  it("is next to the revocation by the time of issue", () => {
    const both = revoked({ "main#app": NOW + 1 }, { before: 500, until: NOW + 1 });
    expect(by({ client_id: "web", iat: 499 }, both)).toBe("revoked");
    expect(by({ client_id: "web", iat: 500 }, both)).toMatchObject({ roles: ["viewer"] });
    expect(by({ client_id: "app", iat: 500 }, both)).toBe("revoked");
  });

  it.each([
    ["an end that is not a number", { clients: { "main#app": "soon" } }],
    ["clients that are a list", { clients: ["main#app"] }],
    ["no client and no time", { clients: {} }],
    ["a need that is not known", { needs: ["revoked_clients", "more"] }],
  ])("is an item that is rejected with %s", (_, changes) => {
    expect(() => readMembershipState([revoked({}, changes)])).toThrow(
      expect.objectContaining({ code: "item_invalid" }),
    );
  });
});
