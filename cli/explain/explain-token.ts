import { readFileSync } from "node:fs";
import { authorizationIn, bearerToken } from "../../core/decision/bearer-token.ts";
import { type Caller, parseCaller } from "../../core/decision/caller.ts";
import { type Denial, isDenial } from "../../core/decision/denial.ts";
import { AuthenticationError, type AuthenticationErrorCode, InternalError } from "../../core/model/errors.ts";
import { type IssuerItem, readCatalogue } from "../../core/model/items.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import type { IssuerDefinition } from "../../core/policy-files/model/issuer-presets.ts";
import { readConfig } from "../../lambdas/authorizer/configuration.ts";
import { ISSUERS_PATH } from "../../local/identity-provider/identity-server.ts";
import { jsonGetter } from "../../runtime/jwt/https-getter.ts";
import type { IssuerConfig } from "../../runtime/jwt/issuer-config.ts";
import { findIssuer } from "../../runtime/jwt/issuer-template.ts";
import { keySets } from "../../runtime/jwt/key-sets.ts";
import type { TrustConfig } from "../../runtime/jwt/trust-config.ts";
import { decodeUnverified } from "../../runtime/jwt/unverified-token.ts";
import { tokenVerifier } from "../../runtime/jwt/verify-token.ts";
import { UsageError } from "../shared/flags.ts";

/** One check of a token: what the issuer's settings demand, and what the token has. */
export interface TokenCheck {
  readonly check: string;
  readonly expected: string;
  readonly found: string;
}

/** What becomes of a token: a caller, a refusal, or a 401 and the setting that decides. */
export interface TokenExplanation {
  readonly checks: readonly TokenCheck[];
  readonly verdict:
    | { readonly caller: Caller }
    | { readonly refusal: Denial }
    | { readonly code: string; readonly message: string; readonly setting: string };
}

/** Where the issuers' configuration comes from: a file in the form of the variable ISSUERS, else the running local stack. */
export async function readTrust(
  file: string | undefined,
  origin: string,
  flag = "--token: ",
): Promise<TrustConfig> {
  const issuers = file === undefined ? await askStack(origin, flag) : readFileSync(file, "utf8");
  const env = {
    TABLE_NAME: "none",
    CACHING_MODE: "off",
    AWS_REGION: "none",
    AWS_ACCESS_KEY_ID: "none",
    AWS_SECRET_ACCESS_KEY: "none",
    ISSUERS: issuers,
  };
  return readConfig({ ...env, ...(file === undefined && { PORTCULLIS_LOCAL: "1" }) }).trust;
}

async function askStack(origin: string, flag: string): Promise<string> {
  try {
    return await (await fetch(origin + ISSUERS_PATH)).text();
  } catch {
    throw new UsageError(
      `${flag}no local stack listens on ${origin}; start it, name its --port, or give the issuers' configuration with --issuers FILE`,
    );
  }
}

const NO_POLICIES = { environment: "", roles: new Map(), plans: new Map(), tenants: new Map() };

/** Verifies a token as the authorizer does, and tells each check; `selected` is what the request's selector names. */
export async function explainToken(
  token: string,
  trust: TrustConfig,
  issuers: ReadonlyMap<string, IssuerDefinition>,
  { selected, now = Date.now }: { readonly selected?: string | undefined; readonly now?: () => number },
): Promise<TokenExplanation> {
  const items = readCatalogue(permissionItems({ ...NO_POLICIES, issuers })).issuers;
  const verify = tokenVerifier({
    trust,
    keySets: keySets(trust, jsonGetter(), now, null),
    issuerItem: (name) => Promise.resolve(items.get(name)),
    now,
  });
  let checks: TokenCheck[] = [];
  try {
    const unverified = bearerToken(authorizationIn(new Map([["authorization", [`Bearer ${token}`]]])));
    checks = checksOf(decodeUnverified(unverified), trust, items, now());
    const { claims } = await verify(unverified);
    const caller = parseCaller(claims, selected);
    return { checks, verdict: isDenial(caller) ? { refusal: caller } : { caller } };
  } catch (error) {
    if (!(error instanceof AuthenticationError || error instanceof InternalError)) throw error;
    return {
      checks,
      verdict: {
        code: error.code,
        message: error.message,
        setting: SETTINGS[error.code as AuthenticationErrorCode] ?? "",
      },
    };
  }
}

function checksOf(
  { header, unverifiedClaims: claims }: ReturnType<typeof decodeUnverified>,
  trust: TrustConfig,
  items: ReadonlyMap<string, IssuerItem>,
  now: number,
): TokenCheck[] {
  const issuer = findIssuer(trust.issuers, claims["iss"]);
  const item = issuer === undefined ? undefined : items.get(issuer.name);
  const found = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));
  const time = (value: unknown): string =>
    typeof value === "number" && Number.isFinite(value) && Math.abs(value) < 8e12
      ? `${new Date(value * 1000).toISOString()}`
      : found(value);
  const check = (name: string, expected: string, value: string): TokenCheck => ({
    check: name,
    expected,
    found: value,
  });
  return [
    check(
      "iss",
      issuer === undefined ? `one of ${trust.issuers.map(({ url }) => url).join(", ")}` : issuer.url,
      found(claims["iss"]),
    ),
    ...(issuer === undefined
      ? []
      : [check("alg", algorithmsOf(issuer, item).join(" or "), found(header["alg"]))]),
    ...(item === undefined
      ? []
      : [check("typ", item.types.map((type) => type || "none").join(" or "), found(header["typ"]))]),
    ...(item === undefined || issuer === undefined
      ? []
      : [
          check(
            item.audienceClaims.join(" or "),
            issuer.audiences.join(" or "),
            item.audienceClaims.map((name) => found(claims[name])).join(", "),
          ),
        ]),
    ...(item?.tokenUse == null ? [] : [check("token_use", item.tokenUse, found(claims["token_use"]))]),
    check("exp", `after ${new Date(now).toISOString()}`, time(claims["exp"])),
    ...(claims["nbf"] === undefined
      ? []
      : [check("nbf", `before ${new Date(now).toISOString()}`, time(claims["nbf"]))]),
    check("kid", "one of the issuer's keys", found(header["kid"])),
  ];
}

const algorithmsOf = ({ algorithms }: IssuerConfig, item: IssuerItem | undefined): readonly string[] =>
  algorithms.filter((name) => item?.algorithms == null || item.algorithms.has(name));

/** What to change, for each way in which a token is not accepted. */
const SETTINGS: Readonly<Partial<Record<AuthenticationErrorCode, string>>> = {
  token_malformed: "send the whole token, three parts with dots between",
  token_too_large: "ask the issuer for a smaller token: fewer groups, or roles by tenant",
  issuer_unknown:
    "the URL in Terraform's issuers must equal iss to the character, and the name must stand in policies/issuers.yaml",
  algorithm_not_allowed: "algorithms, in Terraform's issuers",
  key_unknown:
    "the key is not in the issuer's key set: was it rotated away, or is jwks_uri another issuer's?",
  signature_invalid: "the token was changed, or another key with this kid signed it",
  audience_wrong: "audiences, in Terraform's issuers; or ask the issuer for a token for this API",
  token_expired: "the client has to refresh its token; for clocks that differ: the clock tolerance",
  token_not_yet_valid: "a clock is wrong: the issuer's or this one's; see the clock tolerance",
  token_type_wrong: "token: access or id, and preset, in policies/issuers.yaml",
  claims_invalid: "claims, in policies/issuers.yaml: where the subject stands",
};
