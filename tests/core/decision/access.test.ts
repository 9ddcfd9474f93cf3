import { describe, expect, it, test } from "vitest";
import { type AccessDocument, accessDocument } from "../../../core/decision/access.ts";
import { supposedCaller } from "../../../core/decision/caller.ts";
import { isDenial } from "../../../core/decision/denial.ts";
import { readMembershipState } from "../../../core/decision/memberships.ts";
import { type Item, readCatalogue, readTenant } from "../../../core/model/items.ts";
import type { Layout } from "../../../core/model/layout.ts";
import { BASE_ARN, groupOf, layoutOf, route } from "../../support/api.ts";
import { issuerFields, SECONDS, TENANT } from "../../support/fixtures.ts";

const READ = route("GET /documents/{documentId}");
const PURGE = route("DELETE /documents/{documentId}", "docs:write");
const OWN = route("PATCH /users/{userId}");
const ROUTES = [READ, PURGE, OWN];
const PERMISSIONS = {
  [READ.key]: "documents.use",
  [PURGE.key]: "documents.use",
  [OWN.key]: "users.write",
};

interface World {
  readonly grants?: readonly string[];
  readonly tenant?: Item;
  readonly issuer?: Item;
  readonly memberships?: readonly Item[];
  readonly layout?: Layout;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly who?: Partial<Parameters<typeof supposedCaller>[0]>;
}

/** Returns what a caller with the role `worker`, which has these grants, may do. */
function access({ grants = [], tenant = {}, issuer, memberships, layout, permissions, who }: World) {
  const role = { pk: "CATALOGUE", sk: "ROLE#worker", v: 1, hash: "r", name: "worker", grants };
  const catalogue = readCatalogue([
    role,
    { ...role, sk: "ROLE#idle", name: "idle", grants: [] },
    issuerFields(issuer),
  ]);
  const state = memberships && { at: SECONDS, generation: "g1", ...readMembershipState(memberships) };
  return accessDocument(
    supposedCaller({ tenant: "acme", subject: "ann", roles: ["worker"], ...who }),
    { catalogue, tenant: readTenant({ ...TENANT, ...tenant }), membershipState: state ?? null },
    {
      layout: layout ?? layoutOf(ROUTES),
      settings: { permissions: permissions ?? PERMISSIONS },
      base: BASE_ARN,
      tenants: ["acme"],
    },
  );
}

function documentOf(world: World): AccessDocument {
  const found = access(world);
  if (isDenial(found)) throw new Error(`denied: ${found.reason}`);
  return found;
}

const keysOf = ({ routes }: AccessDocument): string[] =>
  routes.map(({ method, path }) => `${method} ${path}`);

describe("routes", () => {
  it("are listed with the values that their parameters must have", () => {
    const found = documentOf({
      grants: ["GET /documents/{documentId}", "PATCH /users/{userId} where userId=subject"],
    });
    expect(found.routes).toEqual([
      { method: "GET", path: "/documents/{documentId}" },
      { method: "PATCH", path: "/users/{userId}", where: [{ userId: "ann" }] },
    ]);
  });

  it("need their scopes", () => {
    const grants = ["DELETE /documents/{documentId}"];
    expect(keysOf(documentOf({ grants }))).toEqual([]);
    expect(keysOf(documentOf({ grants, who: { scopes: ["docs:write"] } }))).toEqual(grants);
  });

  it("are not listed if no policy can carry the caller's value", () => {
    const grants = ["PATCH /users/{userId} where userId=subject"];
    for (const subject of ["", "a/b", "*", "..", "ann?"])
      expect(keysOf(documentOf({ grants, who: { subject } }))).toEqual([]);
  });

  it("are not listed if their resource is longer than API Gateway accepts", () => {
    const long = route(`GET /${"a".repeat(340)}/{userId}`);
    const grants = [`${long.key} where userId=subject`];
    const layout = layoutOf([long]);
    expect(keysOf(documentOf({ grants, layout }))).toEqual([long.key]);
    expect(keysOf(documentOf({ grants, layout, who: { subject: "x".repeat(128) } }))).toEqual([]);
  });

  it("are not listed if the caller's context is too large, because then every request is denied", () => {
    const grants = ["GET /documents/{documentId}"];
    const claims = { note: "x".repeat(1_100) };
    expect(keysOf(documentOf({ grants, who: { claims } }))).toEqual([]);
  });

  it("are not listed if the tenant never allows them", () => {
    const never = ["GET /documents/{documentId}"];
    expect(keysOf(documentOf({ grants: never, tenant: { never } }))).toEqual([]);
  });

  it.each(["token", "route", "off"] as const)("are the same in mode %s", (mode) => {
    const groups =
      mode === "token" ? [groupOf("g1", [OWN, READ]), groupOf("g2", [PURGE])] : [groupOf("all", ROUTES)];
    const grants = ["GET /documents/{documentId}", "PATCH /users/{userId} where userId=subject"];
    expect(documentOf({ grants, layout: layoutOf([], { mode, groups }) })).toEqual(documentOf({ grants }));
  });

  it("of an API whose events do not name the route are listed if every route of the same requests is granted", () => {
    const [one, rest] = [route("GET /files/{id}"), route("GET /files/{proxy+}")];
    const layout = layoutOf([], { mode: "off", front: "rest-token", groups: [groupOf("all", [one, rest])] });
    expect(keysOf(documentOf({ grants: [one.key], layout }))).toEqual([]);
    expect(keysOf(documentOf({ grants: [one.key, rest.key], layout }))).toEqual([one.key, rest.key]);
    const rested = layoutOf([], { mode: "off", groups: [groupOf("all", [one, rest])] });
    expect(keysOf(documentOf({ grants: [one.key], layout: rested }))).toEqual([one.key]);
  });
});

describe("permissions", () => {
  it("are listed if every route with the name may be called", () => {
    const grants = ["GET /documents/{documentId}", "DELETE /documents/{documentId}"];
    expect(documentOf({ grants }).permissions).toEqual([]);
    expect(documentOf({ grants, who: { scopes: ["docs:write"] } }).permissions).toEqual(["documents.use"]);
  });

  it("include those that are bound to the caller's own values", () => {
    const grants = ["PATCH /users/{userId} where userId=subject"];
    expect(documentOf({ grants }).permissions).toEqual(["users.write"]);
  });
});

describe("roles", () => {
  const member = (sk: string, ...roles: object[]): Item => ({
    pk: "TENANT#acme",
    sk,
    v: 1,
    generation: "g1",
    hash: sk,
    roles,
  });
  const byMembership = (...memberships: Item[]): World => ({
    issuer: { memberships: "merge" },
    memberships,
    who: { roles: [], issuer: "main" },
  });

  it("have the latest end of their memberships, and none if one has no end", () => {
    const world = byMembership(
      member(
        "MEMBER#main#ann",
        { role: "worker", until: SECONDS + 10 },
        { role: "idle", until: SECONDS + 20 },
      ),
      member("CLIENT#main#ann", { role: "worker", until: SECONDS + 30 }, { role: "idle" }),
    );
    expect(documentOf(world).roles).toEqual([
      { name: "idle", until: null },
      { name: "worker", until: SECONDS + 30 },
    ]);
  });

  it("have no end if the token names them too", () => {
    const world = byMembership(member("MEMBER#main#ann", { role: "worker", until: SECONDS + 10 }));
    expect(documentOf({ ...world, who: { roles: ["worker"], issuer: "main" } }).roles).toEqual([
      { name: "worker", until: null },
    ]);
  });

  it("are not listed after their end", () => {
    const world = byMembership(member("MEMBER#main#ann", { role: "worker", until: SECONDS }));
    expect(documentOf(world)).toMatchObject({ tenantId: "acme", roles: [], permissions: [], routes: [] });
  });
});

test("a caller without a role gets empty lists, and its plan", () => {
  expect(documentOf({ who: { roles: [] } })).toEqual({
    version: 1,
    userId: "ann",
    tenantId: "acme",
    tenants: ["acme"],
    plan: null,
    roles: [],
    permissions: [],
    routes: [],
  });
});

test("a suspended tenant is denied, also a caller without a role", () => {
  for (const roles of [["worker"], []])
    expect(access({ tenant: { status: "suspended" }, who: { roles } })).toMatchObject({
      reason: "tenant_suspended",
    });
});
