import type { DenyReason } from "../../core/decision/denial.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import type { Forgery, TokenRecipe } from "./tokens.ts";

/** The caching modes, in all of which every target must respond the same. */
export const MODES: readonly CacheFlag[] = ["token", "route", "off"];

/** One request and its expected result, the same for every target. */
export interface Case {
  readonly title: string;
  /** Undefined: the request carries no token. */
  readonly token: TokenRecipe | undefined;
  readonly method: string;
  /** The path with its query string. */
  readonly path: string;
  readonly status: number;
  /** The route does not exist: an HTTP API responds with 404, a REST API with 403. */
  readonly unrouted?: true;
  readonly reason?: DenyReason;
  /** The reason under caching mode `token`, where a policy with an Allow denies all other routes implicitly. */
  readonly silently?: DenyReason;
  /** A part of the caller that the backend gets; null if it gets none because the route is public. */
  readonly caller?: Readonly<Record<string, unknown>> | null;
}

const ok = { status: 200 } as const;
const denied = (reason: DenyReason) => ({ status: 403, reason }) as const;

const acme = (...roles: string[]): TokenRecipe => ({ tenants: ["acme"], roles });
const globex = (...roles: string[]): TokenRecipe => ({ tenants: ["globex"], roles });
const hooli = (...roles: string[]): TokenRecipe => ({ tenants: ["hooli"], roles });
const withWriteScope = (recipe: TokenRecipe): TokenRecipe => ({
  ...recipe,
  scopes: ["docs:write", "openid"],
});
const as = (subject: string, recipe: TokenRecipe): TokenRecipe => ({ ...recipe, subject });

/** The decisions of the sample policies, as requests. */
export const DECISIONS: readonly Case[] = [
  {
    title: "a public route needs no token and has no caller",
    token: undefined,
    method: "GET",
    path: "/health",
    ...ok,
    caller: null,
  },
  {
    title: "a guarded route needs a token",
    token: undefined,
    method: "GET",
    path: "/documents",
    status: 401,
  },
  {
    title: "an unknown route is denied without a token",
    token: undefined,
    method: "GET",
    path: "/nothing",
    status: 403,
    unrouted: true,
  },
  {
    title: "an unknown route is denied with a token",
    token: acme("admin"),
    method: "GET",
    path: "/nothing",
    status: 403,
    unrouted: true,
  },
  {
    title: "a method that the path does not have is denied",
    token: acme("admin"),
    method: "DELETE",
    path: "/documents",
    status: 403,
    unrouted: true,
  },

  {
    title: "a viewer reads a document, and the backend gets the caller",
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
    title: "a literal next to a parameter is a separate route",
    token: acme("viewer"),
    method: "GET",
    path: "/documents/search?q=x",
    ...ok,
  },
  {
    title: "a viewer cannot write a document",
    token: acme("viewer"),
    method: "PUT",
    path: "/documents/42",
    ...denied("route_not_granted"),
  },
  {
    title: "an editor writes a document, by its own role and the one that it extends",
    token: acme("editor"),
    method: "PUT",
    path: "/documents/42",
    ...ok,
  },
  {
    title: "an editor reads comments, by the role that it extends",
    token: acme("editor"),
    method: "GET",
    path: "/documents/42/comments",
    ...ok,
  },
  {
    title: "a role without a grant for the route is denied",
    token: acme("accountant"),
    method: "GET",
    path: "/documents",
    ...denied("route_not_granted"),
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
    title: "roles that the tenant does not have are ignored",
    token: acme("viewer", "superuser", "__proto__"),
    method: "GET",
    path: "/documents",
    ...ok,
    caller: { roles: ["viewer"] },
  },

  {
    title: "a user changes their own profile",
    token: as("ann", acme("viewer")),
    method: "PATCH",
    path: "/users/ann",
    ...ok,
  },
  {
    title: "a user cannot change another user's profile",
    token: as("ann", acme("viewer")),
    method: "PATCH",
    path: "/users/bob",
    ...denied("route_not_granted"),
  },
  {
    title: "a user cannot change a profile whose id begins with their own id",
    token: as("ann", acme("viewer")),
    method: "PATCH",
    path: "/users/anna",
    ...denied("route_not_granted"),
  },
  {
    title: "a wildcard as the subject matches no profile",
    token: as("*", acme("viewer")),
    method: "PATCH",
    path: "/users/bob",
    ...denied("binding_not_expressible"),
    silently: "route_not_granted",
  },
  {
    title: "a subject with several spellings in a path matches no profile",
    token: as("a b", acme("viewer")),
    method: "PATCH",
    path: "/users/a%20b",
    ...denied("binding_not_expressible"),
    silently: "route_not_granted",
  },
  {
    title: "a subject with a bar matches the path as sent",
    token: as("auth0|5f", acme("viewer")),
    method: "PATCH",
    path: "/users/auth0|5f",
    ...ok,
    caller: { userId: "auth0|5f" },
  },
  {
    title: "a subject with a bar matches the percent-encoded path",
    token: as("auth0|5f", acme("viewer")),
    method: "PATCH",
    path: "/users/auth0%7C5f",
    ...ok,
  },
  {
    title: "a subject with a bar matches the path encoded with lower-case hex",
    token: as("auth0|5f", acme("viewer")),
    method: "PATCH",
    path: "/users/auth0%7c5f",
    ...ok,
  },
  {
    title: "a subject beyond ASCII reaches the backend unchanged",
    token: as("änn 😀", acme("viewer")),
    method: "GET",
    path: "/documents",
    ...ok,
    caller: { userId: "änn 😀" },
  },

  {
    title: "an admin sees their own organisation",
    token: acme("admin"),
    method: "GET",
    path: "/orgs/acme/settings",
    ...ok,
  },
  {
    title: "an admin cannot see another organisation",
    token: acme("admin"),
    method: "GET",
    path: "/orgs/globex/settings",
    ...denied("route_not_granted"),
  },
  {
    title: "a grant of a greedy path includes all paths below it",
    token: acme("editor"),
    method: "PUT",
    path: "/files/a/b/c.txt",
    ...ok,
  },

  {
    title: "a role without the required scope is denied",
    token: globex("admin"),
    method: "DELETE",
    path: "/documents/42",
    ...denied("scope_missing"),
    silently: "route_not_granted",
  },
  {
    title: "a role with the required scope is allowed",
    token: withWriteScope(globex("admin")),
    method: "DELETE",
    path: "/documents/42",
    ...ok,
    caller: { scopes: ["docs:write", "openid"] },
  },
  {
    title: "a permission that the tenant never allows is denied to its admins",
    token: withWriteScope(acme("admin")),
    method: "DELETE",
    path: "/documents/42",
    ...denied("route_not_granted"),
  },
  {
    title: "a tenant's change narrows a shared role",
    token: globex("editor"),
    method: "POST",
    path: "/documents",
    ...denied("route_not_granted"),
  },
  {
    title: "a grant that a tenant's change removes from one role may come from another role",
    token: globex("editor", "admin"),
    method: "POST",
    path: "/documents",
    ...ok,
  },
  {
    title: "a tenant's change does not affect other tenants",
    token: acme("editor"),
    method: "POST",
    path: "/documents",
    ...ok,
  },
  {
    title: "a tenant's own role adds to a shared one",
    token: acme("auditor"),
    method: "GET",
    path: "/reports/usage",
    ...ok,
  },
  {
    title: "a tenant's own role does not exist for other tenants",
    token: globex("auditor"),
    method: "GET",
    path: "/reports/usage",
    ...denied("no_role"),
  },
  {
    title: "a plan's ceiling applies to an admin",
    token: globex("admin"),
    method: "GET",
    path: "/reports/usage",
    ...denied("route_not_granted"),
  },
  {
    title: "a plan's ceiling applies to a route that the role grants",
    token: hooli("editor"),
    method: "GET",
    path: "/files/a",
    ...denied("route_not_granted"),
  },
  {
    title: "a plan has only the roles that it names",
    token: hooli("admin"),
    method: "GET",
    path: "/documents",
    ...denied("no_role"),
  },
  {
    title: "a tenant of a single environment is treated like any other tenant",
    token: hooli("editor"),
    method: "POST",
    path: "/documents",
    ...ok,
    caller: { plan: "free" },
  },

  {
    title: "a token without a tenant claim is denied",
    token: { roles: ["admin"] },
    method: "GET",
    path: "/documents",
    ...denied("no_tenant"),
  },
  {
    title: "a token without a role is denied",
    token: { tenants: ["acme"] },
    method: "GET",
    path: "/documents",
    ...denied("no_role"),
  },
  {
    title: "a tenant that does not exist is denied as unknown",
    token: { tenants: ["nobody"], roles: ["admin"] },
    method: "GET",
    path: "/documents",
    ...denied("unknown_tenant"),
  },
  {
    title: "a tenant's id in another letter case is denied as unknown",
    token: { tenants: ["ACME"], roles: ["admin"] },
    method: "GET",
    path: "/documents",
    ...denied("unknown_tenant"),
  },
  {
    title: "a suspended tenant is denied everything",
    token: { tenants: ["initech"], roles: ["admin"] },
    method: "GET",
    path: "/documents",
    ...denied("tenant_suspended"),
  },
  {
    title: "flat roles with several tenants are denied",
    token: { tenants: ["acme", "globex"], roles: ["admin"] },
    method: "GET",
    path: "/documents",
    ...denied("roles_not_per_tenant"),
  },
  {
    title: "several tenants with roles for each are denied without a selector",
    token: { tenants: ["acme", "globex"], roles: ["acme:admin", "globex:viewer"] },
    method: "GET",
    path: "/documents",
    ...denied("no_tenant"),
  },
  {
    title: "another issuer is accepted for its tenant, with its own names for claims and groups",
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
    title: "another issuer is denied for a tenant that is not its own",
    token: { issuer: "acme-okta", ...globex("editor") },
    method: "GET",
    path: "/documents",
    ...denied("issuer_not_allowed"),
  },
  {
    title: "another issuer is denied for a tenant that does not exist",
    token: { issuer: "acme-okta", tenants: ["nobody"], roles: ["editor"] },
    method: "GET",
    path: "/documents",
    ...denied("issuer_not_allowed"),
  },
  {
    title: "a group without a mapping is not a role",
    token: { issuer: "acme-okta", ...acme("admin") },
    method: "GET",
    path: "/documents",
    ...denied("no_role"),
  },
  {
    title: "a context that is too large is denied, not truncated",
    token: { ...acme("admin"), claims: { email: "x".repeat(1_100) } },
    method: "GET",
    path: "/documents",
    ...denied("context_too_large"),
  },
  {
    title: "a caller with sixty scopes is allowed, and the backend reads that they were left out",
    token: {
      ...acme("admin"),
      scopes: Array.from({ length: 60 }, (_, index) => `documents:write:${index}`),
    },
    method: "GET",
    path: "/documents",
    ...ok,
    caller: { tenantId: "acme", omitted: ["scopes"] },
  },
];

/** Tokens that must be rejected, and the code in the authorizer's log. */
export const FORGERIES: readonly {
  readonly title: string;
  readonly forgery: Forgery;
  readonly code: string;
}[] = [
  { title: "one flipped bit in the signature", forgery: "flipped signature bit", code: "signature_invalid" },
  { title: "an edited payload", forgery: "edited payload", code: "signature_invalid" },
  { title: "a wrong issuer", forgery: "wrong issuer", code: "issuer_unknown" },
  { title: "an issuer with an additional slash", forgery: "issuer with slash", code: "issuer_unknown" },
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
  { title: "the right kid with a different key", forgery: "foreign key", code: "signature_invalid" },
  { title: "another issuer's key", forgery: "another issuer's key", code: "key_unknown" },
  { title: "no subject", forgery: "no subject", code: "claims_invalid" },
];
