import type { IssuerSettings, IssuerTrust } from "../../model/issuer.ts";
import type { Position } from "../source/problem.ts";
import type { CeilingsDefinition } from "./client-ceiling.ts";
import type { IssuerFile } from "./issuer-schemas.ts";

type Shape = Omit<
  IssuerSettings,
  | "tenants"
  | "roleNames"
  | "pass"
  | "listLimits"
  | "mayOmit"
  | "staff"
  | "subjects"
  | "foreignIn"
  | "boundTokensUntil"
  | "ceilings"
  | "trust"
> & {
  /** Claims that have no standard name in the product, so the file must name them. */
  readonly unnamed?: readonly ("tenant" | "roles")[];
};

type Kind = "access" | "id";

/** @param tokens the kinds of token that are accepted; several only if the result has `kinds` for them */
type Preset = (tokens: readonly Kind[]) => Shape;

/** Returns the settings for several kinds of token, each with its value of a claim and its audience claim. */
const severalKinds = (
  claim: string,
  values: Readonly<Record<Kind, readonly [value: string, audienceClaim: string]>>,
) => ({
  audienceClaims: [],
  tokenUse: undefined,
  kinds: (["access", "id"] as const).map((kind) => ({
    claim,
    value: values[kind][0],
    audienceClaims: [values[kind][1]],
  })),
});

/** The claims of RFC 9068, and `tenant`. The header's `typ` is `at+jwt`, `JWT` or absent. */
const generic: Preset = ([token]) => ({
  claims: { tenant: ["tenant"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
  audienceClaims: ["aud"],
  types: token === "access" ? ["", "jwt", "at+jwt"] : ["", "jwt"],
  tokenUse: undefined,
});

/**
 * Cognito's access tokens have `client_id` and no `aud`; its ID tokens have `aud`; `token_use` names the kind.
 */
const cognito: Preset = ([token = "access", ...others]) => ({
  claims: { tenant: ["custom:tenant"], roles: ["cognito:groups"], scopes: ["scope"], subject: ["sub"] },
  audienceClaims: [token === "access" ? "client_id" : "aud"],
  types: ["", "jwt"],
  tokenUse: token,
  algorithms: ["RS256"],
  ...(others.length > 0 && severalKinds("token_use", { access: ["access", "client_id"], id: ["id", "aud"] })),
});

/**
 * An Auth0 Organization is the tenant. A token has roles only if an Action adds them, under a name that the team
 * chooses. `typ` is `JWT` or, with the RFC 9068 profile, `at+jwt`. auth0.com/docs/secure/tokens/access-tokens
 */
const auth0: Preset = ([token]) => ({
  claims: { tenant: ["org_id"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
  unnamed: ["roles"],
  audienceClaims: ["aud"],
  types: token === "access" ? ["jwt", "at+jwt"] : ["jwt"],
  tokenUse: undefined,
  algorithms: ["RS256", "PS256"],
});

/**
 * A custom authorization server: `scp` is a list, the client is `cid`, the header has no `typ`. The team adds the
 * claims for tenant and groups to the server. developer.okta.com/docs/api/openapi/okta-oauth
 */
const okta: Preset = () => ({
  claims: { tenant: ["tenant"], roles: ["groups"], scopes: ["scp"], subject: ["sub"] },
  clientClaims: ["cid"],
  audienceClaims: ["aud"],
  types: ["", "jwt"],
  tokenUse: undefined,
  algorithms: ["RS256"],
});

/**
 * The customer's directory is the tenant. `oid` identifies a person in it, while `sub` differs for each application.
 * The client is `azp`; in tokens of version 1.0 it is `appid`. learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
const entra: Preset = () => ({
  claims: { tenant: ["tid"], roles: ["roles"], scopes: ["scp"], subject: ["oid"] },
  clientClaims: ["azp", "appid"],
  audienceClaims: ["aud"],
  types: ["jwt"],
  tokenUse: undefined,
  algorithms: ["RS256"],
});

/** The standard claims, for the presets of products that differ from them in tenant or roles. */
const STANDARD = {
  scopes: ["scope"],
  subject: ["sub"],
} as const satisfies Partial<Shape["claims"]>;

const ANY_TYPE = ["", "jwt", "at+jwt"];

/**
 * An organization is the tenant; the mapper writes it as a list of names, as an object by name, or as a list of such
 * objects. Realm roles are the roles. keycloak.org/docs/latest/server_admin (Managing organizations)
 */
const keycloak: Preset = ([token = "access", ...others]) => ({
  claims: { ...STANDARD, tenant: { path: ["organization"], as: "keys" }, roles: ["realm_access", "roles"] },
  audienceClaims: [],
  types: ANY_TYPE,
  tokenUse: undefined,
  kinds: [
    token === "access"
      ? { claim: "typ", value: "Bearer", orAbsent: true, audienceClaims: ["aud"] }
      : { claim: "typ", value: "ID", audienceClaims: ["aud"] },
  ],
  ...(others.length > 0 && severalKinds("typ", { access: ["Bearer", "aud"], id: ["ID", "aud"] })),
});

/**
 * The user's own organization is the tenant. A role is granted in organizations: the value of its key names them.
 * zitadel.com/docs/apis/openidoauth/claims
 */
const zitadel: Preset = () => ({
  claims: {
    ...STANDARD,
    tenant: ["urn:zitadel:iam:user:resourceowner:id"],
    roles: { path: ["urn:zitadel:iam:org:project:roles"], as: "tenant_keys" },
  },
  audienceClaims: ["aud"],
  types: ANY_TYPE,
  tokenUse: undefined,
});

/** Roles are a list of objects, and scopes a list. docs.kinde.com/build/tokens/about-access-tokens */
const kinde: Preset = () => ({
  claims: {
    tenant: ["org_code"],
    roles: { path: ["roles"], as: "member", member: "key" },
    scopes: ["scp"],
    subject: ["sub"],
  },
  audienceClaims: ["aud"],
  types: ANY_TYPE,
  tokenUse: undefined,
});

/** `dct` is the tenant of the session, and `tenants` has the roles of each tenant. docs.descope.com/session-overview */
const descope: Preset = () => ({
  claims: {
    ...STANDARD,
    tenant: ["dct"],
    roles: { path: ["tenants", "{tenant}", "roles"], as: "tenant_path" },
  },
  audienceClaims: ["aud"],
  types: ANY_TYPE,
  tokenUse: undefined,
});

/**
 * Session tokens of version 2: the active organization is `o`, with one role. They have no `aud`; `azp` is the
 * application's origin. clerk.com/docs/guides/sessions/session-tokens
 */
const clerk: Preset = () => ({
  claims: { ...STANDARD, tenant: ["o", "id"], roles: ["o", "rol"] },
  audienceClaims: ["azp"],
  types: ANY_TYPE,
  tokenUse: undefined,
});

/** Access tokens name organization and roles, and the application in `client_id`. workos.com/docs/authkit/connect/token-claims */
const workos: Preset = () => ({
  claims: { ...STANDARD, tenant: ["org_id"], roles: ["roles"] },
  audienceClaims: ["client_id"],
  types: ANY_TYPE,
  tokenUse: undefined,
});

/**
 * ID tokens of a project: the tenant of Identity Platform, and custom claims. The audience is the project's id.
 * firebase.google.com/docs/auth/admin/verify-id-tokens
 */
const firebase: Preset = () => ({
  claims: { ...STANDARD, tenant: ["firebase", "tenant"], roles: ["roles"] },
  audienceClaims: ["aud"],
  types: ["", "jwt"],
  tokenUse: undefined,
  algorithms: ["RS256"],
});

/**
 * `app_metadata`, which only the server can write; the user's own `user_metadata` is never read. The audience is
 * `authenticated`. supabase.com/docs/guides/auth/jwt-fields
 */
const supabase: Preset = () => ({
  claims: { ...STANDARD, tenant: ["app_metadata", "tenant"], roles: ["app_metadata", "roles"] },
  audienceClaims: ["aud"],
  types: ["", "jwt"],
  tokenUse: undefined,
});

/**
 * ID tokens of Google Workspace: `hd` is the customer's domain. They name no roles, so that roles come from the table.
 * developers.google.com/identity/openid-connect/openid-connect
 */
const google: Preset = () => ({
  claims: { ...STANDARD, tenant: ["hd"], roles: ["roles"] },
  audienceClaims: ["aud"],
  types: ["", "jwt"],
  tokenUse: undefined,
  algorithms: ["RS256"],
  memberships: "instead",
});

/** Where each identity product puts the claims, for the kind of token that is accepted. */
export const PRESETS: Readonly<Record<IssuerFile["preset"], Preset>> = {
  generic,
  auth0,
  clerk,
  cognito,
  descope,
  entra,
  firebase,
  google,
  keycloak,
  kinde,
  okta,
  supabase,
  workos,
  zitadel,
};

/** How an issuer's tokens are read: its preset's settings with the file's own settings applied. */
export type IssuerDefinition = Omit<IssuerSettings, "ceilings" | "trust"> & {
  /** The ceilings of its clients; undefined without a `clients.yaml`. */
  readonly ceilings?: CeilingsDefinition | undefined;
  /** The URLs of one issuer, and what else Terraform says of other issuers; undefined if Terraform says it. */
  readonly trust?: (Omit<IssuerTrust, "url"> & { readonly urls: readonly string[] }) | undefined;
  readonly name: string;
  readonly at: Position;
  /** Where `tenants` is; undefined for an issuer that no file defines. */
  readonly tenantsAt?: Position | undefined;
  /** Where `advertised` is; undefined: clients do not find the issuer by the API. */
  readonly advertisedAt?: Position | undefined;
  readonly preset: IssuerFile["preset"];
};
