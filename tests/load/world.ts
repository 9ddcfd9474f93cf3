import type { Random } from "./random.ts";

/** A route of the generated API. */
export interface WorldRoute {
  readonly method: string;
  /** With `{documentId}`, `{reportId}`, `{userId}` and `{orgId}`. */
  readonly path: string;
  readonly scope?: string;
}

/** A route that a role allows: to all its members, or with `own` only to the user that `{userId}` names. */
export interface Allowed {
  readonly route: number;
  readonly own: boolean;
}

export interface WorldRole {
  readonly extends: readonly string[];
  readonly allow: readonly Allowed[];
}

export interface WorldPlan {
  readonly ceiling: readonly number[];
  /** The shared roles of the plan's tenants; undefined for all. */
  readonly roles: readonly string[] | undefined;
}

export interface WorldTenant {
  readonly id: string;
  readonly plan: string;
  readonly status: "active" | "suspended";
  /** What the tenant removes from each shared role: some routes, or the whole role. */
  readonly changes: Readonly<Record<string, readonly number[] | "none">>;
  readonly never: readonly number[];
  readonly roles: Readonly<Record<string, WorldRole>>;
  /** The issuers that the tenant accepts; undefined for any that covers it. */
  readonly issuers: readonly string[] | undefined;
  /** The tenant was created at run time and is in no file. */
  readonly isRuntime: boolean;
}

/** A role that the table gives to a subject of issuer `main`. */
export interface WorldMembership {
  readonly tenant: string;
  readonly subject: string;
  readonly role: string;
}

/** One state of the tenants and memberships. */
export interface World {
  readonly tenants: ReadonlyMap<string, WorldTenant>;
  readonly memberships: readonly WorldMembership[];
}

export const ROUTES: readonly WorldRoute[] = [
  { method: "GET", path: "/documents/{documentId}" },
  { method: "PUT", path: "/documents/{documentId}" },
  { method: "DELETE", path: "/documents/{documentId}", scope: "docs:write" },
  { method: "GET", path: "/reports" },
  { method: "POST", path: "/reports" },
  { method: "GET", path: "/reports/{reportId}" },
  { method: "GET", path: "/users/{userId}" },
  { method: "PATCH", path: "/users/{userId}" },
  { method: "GET", path: "/orgs/{orgId}/settings" },
  { method: "PUT", path: "/orgs/{orgId}/settings" },
  // Below the parameter of another route, so that mode `token` needs a second authorizer.
  { method: "GET", path: "/reports/{reportId}/rows" },
];
const ALL = ROUTES.map((_, index) => index);
const USERS = ALL.filter((index) => ROUTES[index]?.path.startsWith("/users/"));

const allow = (...routes: number[]): Allowed[] => routes.map((route) => ({ route, own: false }));

export const SHARED: Readonly<Record<string, WorldRole>> = {
  viewer: { extends: [], allow: allow(0, 3, 6, 10) },
  editor: { extends: ["viewer"], allow: [...allow(1, 4, 8), { route: 7, own: true }] },
  admin: { extends: ["editor"], allow: allow(2, 5, 7, 9) },
};

export const PLANS: Readonly<Record<string, WorldPlan>> = {
  free: { ceiling: [0, 1, 3, 5, 6, 7, 8], roles: ["viewer", "editor"] },
  team: { ceiling: ALL.filter((index) => index !== 2 && index !== 9), roles: undefined },
  enterprise: { ceiling: ALL, roles: undefined },
};

/** Names of tenants' own roles. Many tenants use the same name for different roles. */
export const OWN_NAMES = ["auditor", "operator", "lead"] as const;
export const SUBJECTS = Array.from({ length: 12 }, (_, index) => `user-${index + 1}`);
const RUNTIME_TENANTS = 10;
const tenantName = (index: number): string => `t${String(index + 1).padStart(3, "0")}`;
/** The only tenants for which issuer `partner` is trusted. */
export const PARTNER_TENANTS = Array.from({ length: 30 }, (_, index) => tenantName(index));

/** Creates tenants whose roles have the same names but different grants. The last ones are run-time tenants. */
export function makeWorld(count: number, random: Random): World {
  const tenants = Array.from({ length: count }, (_, index) =>
    index < count - RUNTIME_TENANTS ? fileTenant(index, random) : runtimeTenant(index, random),
  );
  const memberships = Array.from({ length: count / 2 }, () => membership(random.pick(tenants), random));
  return { tenants: new Map(tenants.map((tenant) => [tenant.id, tenant])), memberships };
}

function fileTenant(index: number, random: Random): WorldTenant {
  const names = random.some(OWN_NAMES, 1 + random.whole(3));
  return {
    id: tenantName(index),
    plan: random.pick(Object.keys(PLANS)),
    status: random.chance(0.05) ? "suspended" : "active",
    changes: random.chance(0.5) ? {} : { [random.pick(["viewer", "editor"])]: change(random) },
    never: random.chance(0.2) ? [random.pick(ALL)] : [],
    roles: Object.fromEntries(names.map((name) => [name, ownRole(random)])),
    issuers: random.chance(0.2) ? ["main"] : undefined,
    isRuntime: false,
  };
}

const change = (random: Random): readonly number[] | "none" =>
  random.chance(0.3) ? "none" : random.some([0, 3, 6], 1 + random.whole(2));

const runtimeTenant = (index: number, random: Random): WorldTenant => ({
  id: tenantName(index),
  plan: random.pick(Object.keys(PLANS)),
  status: index % 2 === 0 ? "suspended" : "active",
  changes: {},
  never: [],
  roles: {},
  issuers: undefined,
  isRuntime: true,
});

/** Creates a tenant's own role with random routes, some of them bound to the user. */
export const ownRole = (random: Random): WorldRole => ({
  extends: random.chance(0.3) ? ["viewer"] : [],
  allow: random
    .some(ALL, 2 + random.whole(4))
    .map((route) => ({ route, own: USERS.includes(route) && random.chance(0.6) })),
});

/** Creates a membership with a role that the tenant has, because no other role can be given. */
function membership({ id, plan, changes, roles }: WorldTenant, random: Random): WorldMembership {
  const ofPlan = PLANS[plan]?.roles ?? Object.keys(SHARED);
  const shared = ofPlan.filter((role) => changes[role] !== "none");
  const role = random.pick([...shared, ...Object.keys(roles)]);
  return { tenant: id, subject: random.pick(SUBJECTS), role };
}
