import { readFileSync } from "node:fs";
import { authorizationIn, bearerToken } from "../../core/decision/bearer-token.ts";
import { type Caller, parseCaller } from "../../core/decision/caller.ts";
import { type Denial, isDenial } from "../../core/decision/denial.ts";
import type { Finding } from "../../core/decision/finding.ts";
import { AuthenticationError, InternalError } from "../../core/model/errors.ts";
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
import { tokenAdvice } from "./token-advice.ts";

/** A check of one of a token's claims or headers: what the issuer's settings require, and what the token has. */
export interface TokenCheck {
  readonly check: string;
  readonly expected: string;
  readonly found: string;
}

/** The result of verifying a token: the caller, a denial, or an error (401 or 500) and the setting that causes it. */
export interface TokenExplanation {
  readonly checks: readonly TokenCheck[];
  /** What was found while the caller was read from the token. */
  readonly findings: readonly Finding[];
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
  const issuers = file === undefined ? await fetchIssuers(origin, flag) : readIssuersFile(file);
  const read = environmentReader({
    ISSUERS: issuers,
    ...(file === undefined && { PORTCULLIS_LOCAL: "1" }),
  });
  const trust = readTrust(read);
  if (read.problems.length === 0) return trust;
  if (file !== undefined) throw new UsageError(`--issuers ${file}: ${read.problems.join("; ")}`);
  throw new ConfigurationError(read.problems);
}

function readIssuersFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new UsageError(
      `--issuers: ${isMissing ? "there is no file" : "cannot read"} ${file}: expected JSON in the form of the function's variable ISSUERS`,
    );
  }
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
  const findings: Finding[] = [];
  try {
    const header = /^Bearer /i.test(token) ? token : `Bearer ${token}`;
    const unverified = bearerToken(authorizationIn(new Map([["authorization", [header]]])));
    checks = listChecks(decodeUnverified(unverified), trust, items, now());
    const { claims } = await verify(unverified);
    const caller = parseCaller(claims, selected, (finding) => {
      findings.push(finding);
    });
    return { checks, findings, verdict: isDenial(caller) ? { denial: caller } : { caller } };
  } catch (error) {
    if (!(error instanceof AuthenticationError || error instanceof InternalError)) throw error;
    return {
      checks,
      findings,
      verdict: {
        code: error.code,
        message: error.message,
        setting: tokenAdvice(error),
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
