import type { ClaimPath } from "../../model/items.ts";
import type { Position } from "../source/problem.ts";
import type { IssuerFile } from "./schemas.ts";

type Shape = Pick<
  IssuerDefinition,
  "claims" | "clientClaims" | "audienceClaims" | "types" | "tokenUse" | "algorithms"
> & {
  /** Claims that the product leaves to its customers, so that the file must name them. */
  readonly unnamed?: readonly ("tenant" | "roles")[];
};

type Preset = (token: "access" | "id") => Shape;

/** RFC 9068's claims, and `tenant` beside them. An `at+jwt` header or none that says otherwise. */
const generic: Preset = (token) => ({
  claims: { tenant: ["tenant"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
  audienceClaims: ["aud"],
  types: token === "access" ? ["", "jwt", "at+jwt"] : ["", "jwt"],
  tokenUse: undefined,
});

/** Cognito's access tokens have `client_id` and no `aud`; ID tokens have `aud`; `token_use` tells them apart. */
const cognito: Preset = (token) => ({
  claims: { tenant: ["custom:tenant"], roles: ["cognito:groups"], scopes: ["scope"], subject: ["sub"] },
  audienceClaims: [token === "access" ? "client_id" : "aud"],
  types: ["", "jwt"],
  tokenUse: token,
  algorithms: ["RS256"],
});

/**
 * An Auth0 Organization is the tenant. Roles are in no token unless an Action puts them under a name of one's
 * own. `typ` is `JWT` or, by the RFC 9068 profile, `at+jwt`. auth0.com/docs/secure/tokens/access-tokens
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
 * A custom authorization server: `scp` is a list, the client is `cid`, the header has no `typ`. Its tenant and
 * groups are claims that one adds to the server. developer.okta.com/docs/api/openapi/okta-oauth
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
 * The customer's directory is the tenant; `oid` is a person in it, while `sub` is another for every application.
 * The client is `azp`, in tokens of version 1.0 `appid`. learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
const entra: Preset = () => ({
  claims: { tenant: ["tid"], roles: ["roles"], scopes: ["scp"], subject: ["oid"] },
  clientClaims: ["azp", "appid"],
  audienceClaims: ["aud"],
  types: ["jwt"],
  tokenUse: undefined,
  algorithms: ["RS256"],
});

/** Where an identity product puts things, for the kind of token that is accepted. */
export const PRESETS: Readonly<Record<IssuerFile["preset"], Preset>> = {
  generic,
  cognito,
  auth0,
  okta,
  entra,
};

/** How an issuer's tokens are read, with what its preset means spelled out. */
export interface IssuerDefinition {
  readonly name: string;
  readonly at: Position;
  readonly preset: IssuerFile["preset"];
  readonly tenants: "*" | readonly string[];
  readonly claims: {
    readonly tenant: ClaimPath;
    readonly roles: ClaimPath;
    readonly scopes: ClaimPath;
    readonly subject: ClaimPath;
  };
  /** Claims of which the first that is there names the client; undefined: `client_id`, else `azp`. */
  readonly clientClaims?: readonly string[] | undefined;
  readonly audienceClaims: readonly string[];
  readonly types: readonly string[];
  readonly tokenUse: string | undefined;
  /** What the product signs with, whatever Terraform allows; undefined: whatever Terraform allows. */
  readonly algorithms?: readonly string[] | undefined;
  readonly roleNames: Readonly<Record<string, readonly string[]>> | undefined;
  readonly pass: Readonly<Record<string, ClaimPath>>;
  readonly memberships?: "merge" | "instead" | undefined;
  readonly staff?: true | undefined;
}
