import type { FileTexts } from "../support/policy-files.ts";

/** A token in the shape that a product documents, and what its users expect. Names are invented. */
export interface Product {
  readonly title: string;
  /** The issuer's entry in issuers.yaml. */
  readonly issuer: string;
  /** The tenant whose directory issues the token. */
  readonly directoryOf?: string;
  /** The claims in addition to `iss` and the times; undefined removes one. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** The tenant that the request selects. */
  readonly selected?: string;
  /** What the backend reads, or the denial's status and reason. */
  readonly want:
    | { readonly tenantId: string; readonly roles: readonly string[]; readonly userId?: string }
    | { readonly status: 403; readonly reason: string }
    | { readonly status: 401; readonly code: string };
}

const ORG = "urn:zitadel:iam:user:resourceowner:id";
const PROJECT_ROLES = "urn:zitadel:iam:org:project:roles";
const GROUPS = 'claim: groups, as: tenant_role, form: "{tenant}:{role}"';
const BOTH_GROUPS = `claims: { tenant: { ${GROUPS} }, roles: { ${GROUPS} } }`;
const DUENDE = '{ preset: generic, tenants: "*", claims: { subject: { first: [sub, client_id] } } }';
const POOL =
  '{ preset: cognito, tenants: "*", token: [access, id], claims: { tenant: tenant, roles: roles } }';

/** Each reads its tenant from the token alone. */
export const PRODUCTS: readonly Product[] = [
  {
    title: "Keycloak with organizations as an object",
    issuer: '{ preset: keycloak, tenants: "*" }',
    payload: { organization: { acme: { id: "0c1d" } }, realm_access: { roles: ["viewer"] } },
    want: { tenantId: "acme", roles: ["viewer"] },
  },
  {
    title: "Keycloak with organizations as a list of objects",
    issuer: '{ preset: keycloak, tenants: "*" }',
    payload: { organization: [{ acme: {} }], realm_access: { roles: ["viewer"] } },
    want: { tenantId: "acme", roles: ["viewer"] },
  },
  {
    title: "Keycloak with organizations as a list of names",
    issuer: '{ preset: keycloak, tenants: "*" }',
    payload: { organization: ["acme"], realm_access: { roles: ["viewer"] }, typ: "Bearer" },
    want: { tenantId: "acme", roles: ["viewer"] },
  },
  {
    title: "Keycloak with two organizations, whose roles are not for one of them",
    issuer: '{ preset: keycloak, tenants: "*" }',
    payload: { organization: { acme: {}, globex: {} }, realm_access: { roles: ["viewer"] } },
    want: { status: 403, reason: "roles_not_per_tenant" },
  },
  {
    title: "an ID token of Keycloak",
    issuer: '{ preset: keycloak, tenants: "*" }',
    payload: { organization: ["acme"], realm_access: { roles: ["viewer"] }, typ: "ID" },
    want: { status: 401, code: "token_type_wrong" },
  },
  {
    title: "Zitadel, without the role of another organization",
    issuer: '{ preset: zitadel, tenants: "*" }',
    payload: {
      [ORG]: "42",
      [PROJECT_ROLES]: { viewer: { "42": "acme.zitadel.example" }, editor: { "77": "other.example" } },
    },
    want: { tenantId: "42", roles: ["viewer"] },
  },
  {
    title: "Kinde",
    issuer: '{ preset: kinde, tenants: "*" }',
    payload: { org_code: "org_01", roles: [{ id: "r1", key: "viewer", name: "Viewer" }] },
    want: { tenantId: "org_01", roles: ["viewer"] },
  },
  {
    title: "Descope, with roles below the tenant's name",
    issuer: '{ preset: descope, tenants: "*" }',
    payload: { dct: "org_01", tenants: { org_01: { roles: ["viewer"] }, org_02: { roles: ["admin"] } } },
    want: { tenantId: "org_01", roles: ["viewer"] },
  },
  {
    title: "Cognito with SAML groups in an attribute",
    issuer:
      '{ preset: cognito, tenants: "*", token: id, claims: { roles: { claim: "custom:groups", as: commas } } }',
    payload: { token_use: "id", "custom:tenant": "acme", "custom:groups": "[viewer, other]" },
    want: { tenantId: "acme", roles: ["viewer"] },
  },
  {
    title: "an issuer that signs numbers",
    issuer: '{ preset: generic, tenants: "*", claims: { tenant: { claim: tenant, as: integer } } }',
    payload: { tenant: 42, roles: ["viewer"] },
    want: { tenantId: "42", roles: ["viewer"] },
  },
  {
    title: "roles by tenant, and no claim that lists the tenants",
    issuer: '{ preset: generic, tenants: "*", claims: { tenant: { claim: roles, as: keys } } }',
    payload: { roles: { acme: ["viewer"] } },
    want: { tenantId: "acme", roles: ["viewer"] },
  },
  {
    title: "Clerk, whose audience is azp",
    issuer: '{ preset: clerk, tenants: "*" }',
    payload: { aud: undefined, azp: "portcullis-local", o: { id: "org_01", rol: "viewer", slg: "acme" } },
    want: { tenantId: "org_01", roles: ["viewer"] },
  },
  {
    title: "WorkOS, with azp named as the audience",
    issuer: '{ preset: workos, tenants: "*", audience: azp }',
    payload: {
      aud: undefined,
      client_id: undefined,
      azp: "portcullis-local",
      org_id: "acme",
      roles: ["viewer"],
    },
    want: { tenantId: "acme", roles: ["viewer"] },
  },
  {
    title: "a token without aud, where the audience is not named",
    issuer: '{ preset: generic, tenants: "*" }',
    payload: { aud: undefined, azp: "portcullis-local", tenant: "acme", roles: ["viewer"] },
    want: { status: 401, code: "audience_wrong" },
  },
  {
    title: "a token without aud of an accepted client",
    issuer: '{ preset: generic, tenants: "*", audience: none, clients: [batch] }',
    payload: { aud: undefined, client_id: "batch", tenant: "acme", roles: ["viewer"] },
    want: { tenantId: "acme", roles: ["viewer"] },
  },
  {
    title: "a token without aud of another client",
    issuer: '{ preset: generic, tenants: "*", audience: none, clients: [batch] }',
    payload: { aud: undefined, client_id: "other", tenant: "acme", roles: ["viewer"] },
    want: { status: 401, code: "audience_wrong" },
  },
  {
    title: "a token with aud, where the issuer's tokens have none",
    issuer: '{ preset: generic, tenants: "*", audience: none, clients: [batch] }',
    payload: { aud: "portcullis-local", client_id: "batch", tenant: "acme", roles: ["viewer"] },
    want: { status: 401, code: "audience_wrong" },
  },
  {
    title: "client credentials of Duende IdentityServer, which have no sub",
    issuer: DUENDE,
    payload: { sub: undefined, client_id: "batch", tenant: "acme", roles: ["viewer"] },
    want: { tenantId: "acme", roles: ["viewer"], userId: "client:batch" },
  },
  {
    title: "a person of the same Duende IdentityServer",
    issuer: DUENDE,
    payload: { sub: "ann", client_id: "batch", tenant: "acme", roles: ["viewer"] },
    want: { tenantId: "acme", roles: ["viewer"], userId: "ann" },
  },
  {
    title: "a person who is called like a client",
    issuer: DUENDE,
    payload: { sub: "client:batch", client_id: "page", tenant: "acme", roles: ["viewer"] },
    want: { status: 401, code: "claims_invalid" },
  },
  {
    title: "an empty sub, which decides although the client is named",
    issuer: DUENDE,
    payload: { sub: "", client_id: "batch", tenant: "acme", roles: ["viewer"] },
    want: { status: 401, code: "claims_invalid" },
  },
  {
    title: "an access token of a Cognito pool with both kinds",
    issuer: POOL,
    payload: { token_use: "access", client_id: "portcullis-local", tenant: "acme", roles: ["viewer"] },
    want: { tenantId: "acme", roles: ["viewer"] },
  },
  {
    title: "an ID token of the same pool",
    issuer: POOL,
    payload: {
      token_use: "id",
      client_id: undefined,
      aud: "portcullis-local",
      tenant: "acme",
      roles: ["viewer"],
    },
    want: { tenantId: "acme", roles: ["viewer"] },
  },
  {
    title: "an access token of the same pool that has only the ID tokens' audience",
    issuer: POOL,
    payload: { token_use: "access", client_id: "other", aud: "portcullis-local", tenant: "acme" },
    want: { status: 401, code: "audience_wrong" },
  },
  {
    title: "a token of the same pool without token_use",
    issuer: POOL,
    payload: { token_use: undefined, client_id: "portcullis-local", tenant: "acme", roles: ["viewer"] },
    want: { status: 401, code: "token_type_wrong" },
  },
  {
    title: "Cognito with a user pool for each tenant",
    issuer: "{ preset: cognito, tenants: by_directory, audience: none, claims: { roles: roles } }",
    directoryOf: "acme",
    payload: { client_id: "3n4", roles: ["viewer"] },
    want: { tenantId: "acme", roles: ["viewer"] },
  },
  {
    title: "the same with another tenant's pool",
    issuer: "{ preset: cognito, tenants: by_directory, audience: none, claims: { roles: roles } }",
    directoryOf: "globex",
    payload: { client_id: "3n4", roles: ["viewer"] },
    want: { tenantId: "globex", roles: ["viewer"] },
  },
  {
    title: "a pool whose users could write the claim of another tenant",
    issuer: "{ preset: cognito, tenants: by_directory, audience: none, claims: { roles: roles } }",
    directoryOf: "globex",
    payload: { client_id: "3n4", roles: ["viewer"], "custom:tenant": "acme" },
    want: { status: 401, code: "issuer_unknown" },
  },
  {
    title: "a token that is bound to a key",
    issuer: '{ preset: generic, tenants: "*" }',
    payload: {
      tenant: "acme",
      roles: ["viewer"],
      cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" },
    },
    want: { status: 401, code: "token_bound" },
  },
  {
    title: "a token of an agent that acts for a person",
    issuer: '{ preset: generic, tenants: "*" }',
    payload: { tenant: "acme", roles: ["admin"], sub: "ann", client_id: "agent-7", act: { sub: "agent-7" } },
    want: { tenantId: "acme", roles: ["admin"], userId: "ann" },
  },
  {
    title: "Firebase",
    issuer: '{ preset: firebase, tenants: "*" }',
    payload: { firebase: { tenant: "acme", sign_in_provider: "password" }, roles: ["viewer"] },
    want: { tenantId: "acme", roles: ["viewer"] },
  },
  {
    title: "Supabase, and not what the user can write",
    issuer: '{ preset: supabase, tenants: "*" }',
    payload: {
      app_metadata: { tenant: "acme", roles: ["viewer"] },
      user_metadata: { tenant: "globex", roles: ["admin"] },
      role: "authenticated",
    },
    want: { tenantId: "acme", roles: ["viewer"] },
  },
  {
    title: "Google, whose tokens name no roles",
    issuer: '{ preset: google, tenants: "*" }',
    payload: { hd: "acme", roles: ["admin"] },
    want: { status: 403, reason: "no_role" },
  },
];

/** Each needs the tenant that the request selects. */
export const SELECTING_PRODUCTS: readonly Product[] = ["acme", "globex"].map((tenantId) => ({
  title: `groups that name tenant and role, in ${tenantId}`,
  issuer: `{ preset: generic, tenants: [acme, globex], ${BOTH_GROUPS} }`,
  payload: { groups: ["acme:admin", "globex:viewer"] },
  selected: tenantId,
  want: { tenantId, roles: [tenantId === "acme" ? "admin" : "viewer"] },
}));

/** Returns a policy folder with an issuer for each product: the first is `p0`. */
export function productFolder(products: readonly Product[], rootKeys = ""): FileTexts {
  return {
    "api.yaml": `openapi: 3.0.3
info: { title: Products, version: "1" }
x-portcullis:
  backends: { docs: lambda }
${rootKeys}paths:
  /documents:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
`,
    "issuers.yaml": products.map(({ issuer }, index) => `p${index}: ${issuer}\n`).join(""),
    ...Object.fromEntries(
      ["viewer", "editor", "admin"].map((role) => [`roles/${role}.yaml`, "allow: [documents.read]\n"]),
    ),
    ...Object.fromEntries(
      ["acme", "globex", "org_01", "org_02"].map((tenant) => [
        `tenants/${tenant}.yaml`,
        `status: active\n${directories(products, tenant)}`,
      ]),
    ),
    "tenants/numbered.yaml": 'id: "42"\n',
  };
}

/** Returns the directories of a tenant's file. */
function directories(products: readonly Product[], tenant: string): string {
  const own = products.flatMap(({ directoryOf }, index) =>
    directoryOf === tenant ? [`  p${index}: eu-central-1_${tenant}\n`] : [],
  );
  return own.length === 0 ? "" : `directories:\n${own.join("")}`;
}
