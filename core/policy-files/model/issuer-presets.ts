import type { IssuerSettings } from "../../model/issuer.ts";
import type { Position } from "../source/problem.ts";
import type { IssuerFile } from "./schemas.ts";

type Shape = Omit<
  IssuerSettings,
  "tenants" | "roleNames" | "pass" | "memberships" | "staff" | "subjects" | "foreignIn" | "boundTokensUntil"
> & {
  /** Claims that have no standard name in the product, so the file must name them. */
  readonly unnamed?: readonly ("tenant" | "roles")[];
};

type Preset = (token: "access" | "id") => Shape;

/** The claims of RFC 9068, and `tenant`. The header's `typ` is `at+jwt`, `JWT` or absent. */
const generic: Preset = (token) => ({
  claims: { tenant: ["tenant"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
  audienceClaims: ["aud"],
  types: token === "access" ? ["", "jwt", "at+jwt"] : ["", "jwt"],
  tokenUse: undefined,
});

/**
 * Cognito's access tokens have `client_id` and no `aud`; its ID tokens have `aud`; `token_use` names the kind.
 */
const cognito: Preset = (token) => ({
  claims: { tenant: ["custom:tenant"], roles: ["cognito:groups"], scopes: ["scope"], subject: ["sub"] },
  audienceClaims: [token === "access" ? "client_id" : "aud"],
  types: ["", "jwt"],
  tokenUse: token,
  algorithms: ["RS256"],
});

/**
 * An Auth0 Organization is the tenant. A token has roles only if an Action adds them, under a name that the team
 * chooses. `typ` is `JWT` or, with the RFC 9068 profile, `at+jwt`. auth0.com/docs/secure/tokens/access-tokens
 */
const auth0: Preset = (token) => ({
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

/** Where each identity product puts the claims, for the kind of token that is accepted. */
export const PRESETS: Readonly<Record<IssuerFile["preset"], Preset>> = {
  generic,
  cognito,
  auth0,
  okta,
  entra,
};

/** How an issuer's tokens are read: its preset's settings with the file's own settings applied. */
export type IssuerDefinition = IssuerSettings & {
  readonly name: string;
  readonly at: Position;
  readonly preset: IssuerFile["preset"];
};
