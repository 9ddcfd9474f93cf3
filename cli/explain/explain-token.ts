import { readFileSync } from "node:fs";
import { authorizationIn, bearerToken } from "../../core/decision/bearer-token.ts";
import { type Caller, parseCaller } from "../../core/decision/caller.ts";
import { type Denial, isDenial } from "../../core/decision/denial.ts";
import type { Finding } from "../../core/decision/finding.ts";
import { AuthenticationError, InternalError } from "../../core/model/errors.ts";
import type { IssuerSwitches } from "../../core/model/issuer-switch.ts";
import type { Item } from "../../core/model/items.ts";
import { readItems } from "../../core/policy-files/compile/catalogue.ts";
import { itemKey, permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import type { IssuerDefinition } from "../../core/policy-files/model/issuer-presets.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { ISSUERS_PATH } from "../../local/identity-provider/identity-server.ts";
import { ConfigurationError, environmentReader } from "../../runtime/environment.ts";
import { machineGetter } from "../../runtime/jwt/issuer-getter.ts";
import { keySets, keysCreator } from "../../runtime/jwt/key-sets.ts";
import { tableIssuers } from "../../runtime/jwt/table-issuers.ts";
import type { TokenFinding } from "../../runtime/jwt/token-finding.ts";
import { readTrust, type TrustConfig } from "../../runtime/jwt/trust-config.ts";
import { tokenVerifier } from "../../runtime/jwt/verify-token.ts";
import type { ItemKey } from "../../runtime/table/dynamodb-reader.ts";
import { UsageError } from "../shared/flags.ts";
import { requireFile } from "../shared/require-file.ts";
import { tokenAdvice } from "./token-advice.ts";

/** A check of one of a token's claims or headers: what the issuer's settings require, and what the token has. */
export interface TokenCheck {
  readonly check: string;
  readonly expected: string;
  readonly found: string;
  /** The code of the error if the check rejects the token, else null. */
  readonly denies: TokenFinding["denies"];
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
 *
 * @param own the issuers of the policy files; the hosts of those with a URL are listed
 */
export async function loadTrust(
  file: string | undefined,
  origin: string,
  {
    flag = "--token: ",
    own = [],
  }: { readonly flag?: string; readonly own?: Iterable<IssuerDefinition> } = {},
): Promise<TrustConfig> {
  const issuers = file === undefined ? await fetchIssuers(origin, flag) : readIssuersFile(file);
  const read = environmentReader({
    ISSUERS: issuers,
    ISSUER_HOSTS: ownHosts(own).join(","),
    ...(file === undefined && { PORTCULLIS_LOCAL: "1" }),
  });
  const trust = readTrust(read);
  if (read.problems.length === 0) return trust;
  if (file !== undefined) throw new UsageError(`--issuers ${file}: ${read.problems.join("; ")}`);
  throw new ConfigurationError(read.problems);
}

/** Returns the hosts of the issuers with a URL in the files. Which of them Terraform lists is not known here. */
const ownHosts = (own: Iterable<IssuerDefinition>): string[] => [
  ...new Set(
    [...own].flatMap(({ trust }) =>
      [...(trust?.urls ?? []), ...(trust?.jwksUri === undefined ? [] : [trust.jwksUri])].map(
        (url) => new URL(url).hostname,
      ),
    ),
  ),
];

function readIssuersFile(file: string): string {
  requireFile("issuers", file, "expected JSON in the form of the function's variable ISSUERS");
  return readFileSync(file, "utf8");
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

/**
 * Verifies a token like the authorizer and lists the checks that were made, up to the one that rejects the token.
 *
 * @param options.selected the tenant that the request's tenant selector names
 * @param options.switches the issuers' kill switches; by default none
 * @param options.readItem reads an item that the files do not have from the table; by default there is none
 */
export async function explainToken(
  token: string,
  trust: TrustConfig,
  policies: PolicySet,
  {
    selected,
    switches = new Map(),
    readItem = async () => undefined,
    now = Date.now,
  }: {
    readonly selected?: string | undefined;
    readonly switches?: IssuerSwitches;
    readonly readItem?: (key: ItemKey) => Promise<Item | undefined>;
    readonly now?: () => number;
  },
): Promise<TokenExplanation> {
  const compiled = permissionItems(policies);
  const byKey = new Map(compiled.map((item) => [itemKey(item), item]));
  const { issuers } = readItems(compiled).catalogue;
  const createKeys = keysCreator(trust, now, null);
  const checks: TokenCheck[] = [];
  const verify = tokenVerifier({
    trust,
    keySets: keySets(trust, machineGetter(), now, null),
    tableIssuers: tableIssuers({
      trust,
      readItem: async (key) => byKey.get(itemKey(key)) ?? readItem(key),
      createKeys: (issuer) => createKeys(issuer, machineGetter()(issuer)),
      ttl: 0,
      stale: 0,
      now,
    }),
    issuerItem: (name) => Promise.resolve(issuers.get(name)),
    issuerSwitch: async (name) => switches.get(name),
    now,
    report: (finding) => {
      checks.push(printFinding(finding));
    },
  });
  const findings: Finding[] = [];
  try {
    const header = /^Bearer /i.test(token) ? token : `Bearer ${token}`;
    const unverified = bearerToken(authorizationIn(new Map([["authorization", [header]]])));
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

/** Prints a finding. The times of a token are printed as such. */
function printFinding({ names, expected, found, denies }: TokenFinding): TokenCheck {
  const isTime = names.some((name) => TIMES.has(name));
  const shown = (value: unknown): string =>
    value === undefined
      ? "nothing"
      : isTime && typeof value === "number" && Math.abs(value) < 8e12
        ? new Date(value * 1_000).toISOString()
        : JSON.stringify(value);
  return {
    check: names.join(" or "),
    expected: expected.join(" or "),
    found: found.map(shown).join(", "),
    denies,
  };
}

const TIMES: ReadonlySet<string> = new Set(["exp", "nbf", "iat"]);
