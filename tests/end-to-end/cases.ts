import type { DenyReason } from "../../core/decision/denial.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import type { Forgery, TokenRecipe } from "./tokens.ts";

/** The caching modes in which every front must give the same answers. */
export const MODES: readonly CacheFlag[] = ["token", "route", "off"];

/** One request and its answer, whatever front gives it. */
export interface Case {
  readonly title: string;
  /** Undefined: the request carries no token. */
  readonly token: TokenRecipe | undefined;
  readonly method: string;
  /** With its query string. */
  readonly path: string;
  readonly status: number;
  /** There is no such route: an HTTP API says 404 where a REST API says 403. */
  readonly unrouted?: true;
  readonly reason?: DenyReason;
  /** The reason under caching mode `token`, where a policy that allows anything refuses the rest by silence. */
  readonly silently?: DenyReason;
  /** Some of what the backend is told of the caller; null: nothing, for the route is public. */
  readonly caller?: Readonly<Record<string, unknown>> | null;
}

const ok = { status: 200 } as const;
const no = (reason: DenyReason) => ({ status: 403, reason }) as const;

const acme = (...roles: string[]): TokenRecipe => ({ tenants: ["acme"], roles });
const globex = (...roles: string[]): TokenRecipe => ({ tenants: ["globex"], roles });
const hooli = (...roles: string[]): TokenRecipe => ({ tenants: ["hooli"], roles });
const writing = (who: TokenRecipe): TokenRecipe => ({ ...who, scopes: ["docs:write", "openid"] });
const as = (subject: string, who: TokenRecipe): TokenRecipe => ({ ...who, subject });

/** What the sample policies say, told in requests. */
export const DECISIONS: readonly Case[] = [
  {
    title: "a public route needs no token and has no caller",
    token: undefined,
    method: "GET",
    path: "/health",
    ...ok,
    caller: null,
  },
  { title: "any other needs one", token: undefined, method: "GET", path: "/documents", status: 401 },
  {
    title: "a route that there is not is refused without a token",
    token: undefined,
    method: "GET",
    path: "/nothing",
    status: 403,
    unrouted: true,
  },
  {
    title: "a route that there is not is refused with one",
    token: acme("admin"),
    method: "GET",
    path: "/nothing",
    status: 403,
    unrouted: true,
  },
  {
    title: "a method that the path has not is refused",
    token: acme("admin"),
    method: "DELETE",
    path: "/documents",
    status: 403,
    unrouted: true,
  },

  {
    title: "a viewer reads, and the backend is told who",
    token: as("ann", acme("viewer")),
    method: "GET",
    path: "/documents/42",
    ...ok,
    caller: {
      userId: "ann",
      tenantId: "acme",
      roles: ["viewer"],
      plan: "enterprise",
      issuer: "main",
      scopes: [],
    },
  },
  {
    title: "a literal beside a parameter is a route of its own",
    token: acme("viewer"),
    method: "GET",
    path: "/documents/search?q=x",
    ...ok,
  },
  {
    title: "a viewer does not write",
    token: acme("viewer"),
    method: "PUT",
    path: "/documents/42",
    ...no("route_not_granted"),
  },
  {
    title: "an editor does, by the role and by the one that it extends",
    token: acme("editor"),
    method: "PUT",
    path: "/documents/42",
    ...ok,
  },
  {
    title: "an editor reads, too",
    token: acme("editor"),
    method: "GET",
    path: "/documents/42/comments",
    ...ok,
  },
  {
    title: "a role that grants nothing here is no role that grants all",
    token: acme("accountant"),
    method: "GET",
    path: "/documents",
    ...no("route_not_granted"),
  },
  {
    title: "roles add up",
    token: acme("viewer", "accountant"),
    method: "GET",
    path: "/invoices/7",
    ...ok,
    caller: { roles: ["accountant", "viewer"] },
  },
  {
    title: "roles that the tenant has not count for nothing",
    token: acme("viewer", "superuser", "__proto__"),
    method: "GET",
    path: "/documents",
    ...ok,
    caller: { roles: ["viewer"] },
  },

  {
    title: "a user changes the own profile",
    token: as("ann", acme("viewer")),
    method: "PATCH",
    path: "/users/ann",
    ...ok,
  },
  {
    title: "and nobody else's",
    token: as("ann", acme("viewer")),
    method: "PATCH",
    path: "/users/bob",
    ...no("route_not_granted"),
  },
  {
    title: "nor one that begins the same",
    token: as("ann", acme("viewer")),
    method: "PATCH",
    path: "/users/anna",
    ...no("route_not_granted"),
  },
  {
    title: "a wildcard for a subject is none",
    token: as("*", acme("viewer")),
    method: "PATCH",
    path: "/users/bob",
    ...no("binding_not_expressible"),
    silently: "route_not_granted",
  },
  {
    title: "nor is a subject that a path cannot spell one way",
    token: as("a b", acme("viewer")),
    method: "PATCH",
    path: "/users/a%20b",
    ...no("binding_not_expressible"),
    silently: "route_not_granted",
  },
  {
    title: "a subject with a bar is reached as sent",
    token: as("auth0|5f", acme("viewer")),
    method: "PATCH",
    path: "/users/auth0|5f",
    ...ok,
    caller: { userId: "auth0|5f" },
  },
  {
    title: "and percent-encoded",
    token: as("auth0|5f", acme("viewer")),
    method: "PATCH",
    path: "/users/auth0%7C5f",
    ...ok,
  },
  {
    title: "with hex in either case",
    token: as("auth0|5f", acme("viewer")),
    method: "PATCH",
    path: "/users/auth0%7c5f",
    ...ok,
  },
  {
    title: "a subject beyond ASCII arrives as it is",
    token: as("änn 😀", acme("viewer")),
    method: "GET",
    path: "/documents",
    ...ok,
    caller: { userId: "änn 😀" },
  },

  {
    title: "an admin sees the own organisation",
    token: acme("admin"),
    method: "GET",
    path: "/orgs/acme/settings",
    ...ok,
  },
  {
    title: "and no other, whatever the role",
    token: acme("admin"),
    method: "GET",
    path: "/orgs/globex/settings",
    ...no("route_not_granted"),
  },
  {
    title: "what is below a greedy path is granted with it",
    token: acme("editor"),
    method: "PUT",
    path: "/files/a/b/c.txt",
    ...ok,
  },

  {
    title: "a scope is needed besides the role",
    token: globex("admin"),
    method: "DELETE",
    path: "/documents/42",
    ...no("scope_missing"),
    silently: "route_not_granted",
  },
  {
    title: "and suffices with it",
    token: writing(globex("admin")),
    method: "DELETE",
    path: "/documents/42",
    ...ok,
    caller: { scopes: ["docs:write", "openid"] },
  },
  {
    title: "what a tenant never allows, its admins may not",
    token: writing(acme("admin")),
    method: "DELETE",
    path: "/documents/42",
    ...no("route_not_granted"),
  },
  {
    title: "a tenant's change narrows a shared role",
    token: globex("editor"),
    method: "POST",
    path: "/documents",
    ...no("route_not_granted"),
  },
  {
    title: "another role may still give it",
    token: globex("editor", "admin"),
    method: "POST",
    path: "/documents",
    ...ok,
  },
  { title: "and other tenants keep it", token: acme("editor"), method: "POST", path: "/documents", ...ok },
  {
    title: "a tenant's own role adds to a shared one",
    token: acme("auditor"),
    method: "GET",
    path: "/reports/usage",
    ...ok,
  },
  {
    title: "and is nobody else's",
    token: globex("auditor"),
    method: "GET",
    path: "/reports/usage",
    ...no("no_role"),
  },
  {
    title: "a plan's ceiling holds for every role",
    token: globex("admin"),
    method: "GET",
    path: "/reports/usage",
    ...no("route_not_granted"),
  },
  {
    title: "also where a role grants the route",
    token: hooli("editor"),
    method: "GET",
    path: "/files/a",
    ...no("route_not_granted"),
  },
  {
    title: "a plan has the roles that it names",
    token: hooli("admin"),
    method: "GET",
    path: "/documents",
    ...no("no_role"),
  },
  {
    title: "a tenant of the environment is one like any other",
    token: hooli("editor"),
    method: "POST",
    path: "/documents",
    ...ok,
    caller: { plan: "free" },
  },

  {
    title: "no tenant claim is no tenant",
    token: { roles: ["admin"] },
    method: "GET",
    path: "/documents",
    ...no("no_tenant"),
  },
  {
    title: "no role is no role",
    token: { tenants: ["acme"] },
    method: "GET",
    path: "/documents",
    ...no("no_role"),
  },
  {
    title: "a tenant that does not exist is unknown",
    token: { tenants: ["nobody"], roles: ["admin"] },
    method: "GET",
    path: "/documents",
    ...no("unknown_tenant"),
  },
  {
    title: "a tenant's id is spelled one way",
    token: { tenants: ["ACME"], roles: ["admin"] },
    method: "GET",
    path: "/documents",
    ...no("unknown_tenant"),
  },
  {
    title: "a suspended tenant may nothing",
    token: { tenants: ["initech"], roles: ["admin"] },
    method: "GET",
    path: "/documents",
    ...no("tenant_suspended"),
  },
  {
    title: "flat roles beside several tenants are nobody's",
    token: { tenants: ["acme", "globex"], roles: ["admin"] },
    method: "GET",
    path: "/documents",
    ...no("roles_not_per_tenant"),
  },
  {
    title: "several tenants with roles for each are one too many without a selector",
    token: { tenants: ["acme", "globex"], roles: ["acme:admin", "globex:viewer"] },
    method: "GET",
    path: "/documents",
    ...no("no_tenant"),
  },
  {
    title: "another issuer speaks for its tenant, by its own names for claims and groups",
    token: { issuer: "acme-okta", ...acme("editor"), claims: { email: "ann@acme.example", dept: "F&E ä" } },
    method: "PUT",
    path: "/documents/42",
    ...ok,
    caller: {
      issuer: "acme-okta",
      roles: ["editor"],
      claims: { email: "ann@acme.example", department: "F&E ä" },
    },
  },
  {
    title: "and for no other tenant",
    token: { issuer: "acme-okta", ...globex("editor") },
    method: "GET",
    path: "/documents",
    ...no("issuer_not_allowed"),
  },
  {
    title: "whether that exists or not",
    token: { issuer: "acme-okta", tenants: ["nobody"], roles: ["editor"] },
    method: "GET",
    path: "/documents",
    ...no("issuer_not_allowed"),
  },
  {
    title: "a group that nobody maps is no role",
    token: { issuer: "acme-okta", ...acme("admin") },
    method: "GET",
    path: "/documents",
    ...no("no_role"),
  },
  {
    title: "a context that does not fit is refused, not cut",
    token: { ...acme("admin"), claims: { email: "x".repeat(1_100) } },
    method: "GET",
    path: "/documents",
    ...no("context_too_large"),
  },
];

/** Tokens that must not be believed, and the code that the authorizer's log has for it. */
export const FORGERIES: readonly {
  readonly title: string;
  readonly forgery: Forgery;
  readonly code: string;
}[] = [
  { title: "one flipped bit in the signature", forgery: "flipped signature bit", code: "signature_invalid" },
  { title: "a payload that was edited", forgery: "edited payload", code: "signature_invalid" },
  { title: "a wrong issuer", forgery: "wrong issuer", code: "issuer_unknown" },
  { title: "an issuer with a slash more", forgery: "issuer with slash", code: "issuer_unknown" },
  { title: "a wrong audience", forgery: "wrong audience", code: "audience_wrong" },
  { title: "alg none", forgery: "alg none", code: "algorithm_not_allowed" },
  {
    title: "HS256 signed with the public key",
    forgery: "HS256 with the public key",
    code: "algorithm_not_allowed",
  },
  { title: "an expired token", forgery: "expired", code: "token_expired" },
  { title: "a token that is not valid yet", forgery: "not yet valid", code: "token_not_yet_valid" },
  { title: "an unknown kid", forgery: "unknown kid", code: "key_unknown" },
  { title: "the right kid with another's key", forgery: "foreign key", code: "signature_invalid" },
  { title: "another issuer's key", forgery: "another issuer's key", code: "key_unknown" },
  { title: "no subject", forgery: "no subject", code: "claims_invalid" },
];
