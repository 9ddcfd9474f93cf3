import { readFileSync } from "node:fs";
import { authorizationIn, bearerToken } from "../../core/decision/bearer-token.ts";
import { type Caller, parseCaller } from "../../core/decision/caller.ts";
import { type Denial, isDenial } from "../../core/decision/denial.ts";
import { AuthenticationError, type AuthenticationErrorCode, InternalError } from "../../core/model/errors.ts";
import type { IssuerSwitches } from "../../core/model/issuer-switch.ts";
import { type IssuerItem, readCatalogue } from "../../core/model/items.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import type { IssuerDefinition } from "../../core/policy-files/model/issuer-presets.ts";
import { ISSUERS_PATH } from "../../local/identity-provider/identity-server.ts";
import { ConfigurationError, environmentReader } from "../../runtime/environment.ts";
import { jsonGetter } from "../../runtime/jwt/https-getter.ts";
import type { IssuerConfig } from "../../runtime/jwt/issuer-config.ts";
import { findIssuer } from "../../runtime/jwt/issuer-template.ts";
import { keySets } from "../../runtime/jwt/key-sets.ts";
import { readTrust, type TrustConfig } from "../../runtime/jwt/trust-config.ts";
import { decodeUnverified } from "../../runtime/jwt/unverified-token.ts";
import { tokenVerifier } from "../../runtime/jwt/verify-token.ts";
import { UsageError } from "../shared/flags.ts";

/** A check of one of a token's claims or headers: what the issuer's settings require, and what the token has. */
export interface TokenCheck {
  readonly check: string;
  readonly expected: string;
  readonly found: string;
}

/** The result of verifying a token: the caller, a denial, or an error (401 or 500) and the setting that causes it. */
export interface TokenExplanation {
  readonly checks: readonly TokenCheck[];
  readonly verdict:
    | { readonly caller: Caller }
    | { readonly denial: Denial }
    | { readonly code: string; readonly message: string; readonly setting: string };
}

/**
 * Reads the configuration of the trusted issuers from a file in the form of the variable ISSUERS, or without a file
 * from the running local stack.
 */
export async function loadTrust(
  file: string | undefined,
  origin: string,
  flag = "--token: ",
): Promise<TrustConfig> {
  const issuers = file === undefined ? await fetchIssuers(origin, flag) : readFileSync(file, "utf8");
  const read = environmentReader({
    ISSUERS: issuers,
    ...(file === undefined && { PORTCULLIS_LOCAL: "1" }),
  });
  const trust = readTrust(read);
  if (read.problems.length > 0) throw new ConfigurationError(read.problems);
  return trust;
}

async function fetchIssuers(origin: string, flag: string): Promise<string> {
  try {
    return await (await fetch(origin + ISSUERS_PATH)).text();
  } catch {
    throw new UsageError(
      `${flag}no local stack listens on ${origin}: start it, name its port with --port, or give the issuers' configuration with --issuers FILE`,
    );
  }
}

const NO_POLICIES = { environment: "", roles: new Map(), plans: new Map(), tenants: new Map() };

/**
 * Verifies a token like the authorizer and lists the checks.
 *
 * @param options.selected the tenant that the request's tenant selector names
 * @param options.switches the issuers' kill switches; by default none
 */
export async function explainToken(
  token: string,
  trust: TrustConfig,
  issuers: ReadonlyMap<string, IssuerDefinition>,
  {
    selected,
    switches = new Map(),
    now = Date.now,
  }: {
    readonly selected?: string | undefined;
    readonly switches?: IssuerSwitches;
    readonly now?: () => number;
  },
): Promise<TokenExplanation> {
  const items = readCatalogue(permissionItems({ ...NO_POLICIES, issuers })).issuers;
  const verify = tokenVerifier({
    trust,
    keySets: keySets(trust, jsonGetter(), now, null),
    issuerItem: (name) => Promise.resolve(items.get(name)),
    issuerSwitch: async (name) => switches.get(name),
    now,
  });
  let checks: TokenCheck[] = [];
  try {
    const unverified = bearerToken(authorizationIn(new Map([["authorization", [`Bearer ${token}`]]])));
    checks = listChecks(decodeUnverified(unverified), trust, items, now());
    const { claims } = await verify(unverified);
    const caller = parseCaller(claims, selected);
    return { checks, verdict: isDenial(caller) ? { denial: caller } : { caller } };
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

const shown = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));

/** Lists the checks of what the token is for: its audience, or its client and its kind. */
function audienceChecks(
  claims: Readonly<Record<string, unknown>>,
  { noAudience, clients, clientClaims, kinds, audienceClaims }: IssuerItem,
  audiences: readonly string[],
): TokenCheck[] {
  const foundAt = (names: readonly string[]): string => names.map((name) => shown(claims[name])).join(", ");
  const values = kinds?.map(({ value, orAbsent }) => `${value}${orAbsent === true ? " or nothing" : ""}`);
  const kindClaim = kinds?.[0]?.claim ?? "";
  const kind = kinds?.find(({ claim, value }) => claims[claim] === value) ?? kinds?.[0];
  const names = kind?.audienceClaims ?? audienceClaims;
  return [
    ...(values === undefined
      ? []
      : [{ check: kindClaim, expected: values.join(" or "), found: foundAt([kindClaim]) }]),
    noAudience
      ? { check: "aud", expected: "nothing", found: foundAt(["aud"]) }
      : { check: names.join(" or "), expected: audiences.join(" or "), found: foundAt(names) },
    ...(clients === null
      ? []
      : [
          {
            check: clientClaims.join(" or "),
            expected: [...clients].join(" or "),
            found: foundAt(clientClaims),
          },
        ]),
  ];
}

function listChecks(
  { header, unverifiedClaims: claims }: ReturnType<typeof decodeUnverified>,
  trust: TrustConfig,
  items: ReadonlyMap<string, IssuerItem>,
  now: number,
): TokenCheck[] {
  const issuer = findIssuer(trust.issuers, claims["iss"]);
  const item = issuer === undefined ? undefined : items.get(issuer.name);
  const time = (value: unknown): string =>
    typeof value === "number" && Number.isFinite(value) && Math.abs(value) < 8e12
      ? `${new Date(value * 1000).toISOString()}`
      : shown(value);
  const check = (name: string, expected: string, value: string): TokenCheck => ({
    check: name,
    expected,
    found: value,
  });
  return [
    check(
      "iss",
      issuer === undefined ? `one of ${trust.issuers.map(({ url }) => url).join(", ")}` : issuer.url,
      shown(claims["iss"]),
    ),
    ...(issuer === undefined
      ? []
      : [check("alg", allowedAlgorithms(issuer, item).join(" or "), shown(header["alg"]))]),
    ...(item === undefined
      ? []
      : [check("typ", item.types.map((type) => type || "none").join(" or "), shown(header["typ"]))]),
    ...(item === undefined || issuer === undefined ? [] : audienceChecks(claims, item, issuer.audiences)),
    ...(item?.tokenUse == null ? [] : [check("token_use", item.tokenUse, shown(claims["token_use"]))]),
    ...(claims["cnf"] === undefined
      ? []
      : [check("cnf", acceptedBinding(item?.boundTokensUntil ?? null), shown(claims["cnf"]))]),
    check("exp", `after ${new Date(now).toISOString()}`, time(claims["exp"])),
    ...(claims["nbf"] === undefined
      ? []
      : [check("nbf", `before ${new Date(now).toISOString()}`, time(claims["nbf"]))]),
    check("kid", "one of the issuer's keys", shown(header["kid"])),
  ];
}

const acceptedBinding = (until: number | null): string =>
  until === null ? "nothing" : `nothing after ${new Date(until * 1_000).toISOString()}`;

const allowedAlgorithms = ({ algorithms }: IssuerConfig, item: IssuerItem | undefined): readonly string[] =>
  algorithms.filter((name) => item?.algorithms == null || item.algorithms.has(name));

/** What to change for each error. */
const SETTINGS: Readonly<Partial<Record<AuthenticationErrorCode, string>>> = {
  token_malformed: "send the whole token: three parts, separated by dots",
  token_too_large: "request a smaller token from the issuer: fewer groups, or roles by tenant",
  issuer_unknown:
    "set the URL in Terraform's issuers to exactly the value of iss, and add the issuer's name to policies/issuers.yaml",
  issuer_suspended: "the issuer was suspended at run time; npx portcullis issuer reinstate ends that",
  algorithm_not_allowed: "correct algorithms in Terraform's issuers",
  key_unknown:
    "the key is not in the issuer's key set: check whether it was rotated, and whether jwks_uri belongs to this issuer",
  key_denied: "the key was denied at run time; npx portcullis issuer allow-key ends that",
  signature_invalid: "the token was changed, or another key with this kid signed it",
  audience_wrong: "correct audiences in Terraform's issuers, or request a token for this API from the issuer",
  token_expired: "refresh the token in the client; if clocks differ, raise the clock tolerance",
  token_not_yet_valid: "correct the issuer's clock or this machine's, or raise the clock tolerance",
  token_type_wrong: "correct token (access or id) and preset in policies/issuers.yaml",
  token_bound:
    "request a bearer token without DPoP or mTLS, or set bound_tokens: { accept_until: DATE } in policies/issuers.yaml for a time",
  claims_invalid: "correct claims in policies/issuers.yaml, which says where the subject is in the token",
};
