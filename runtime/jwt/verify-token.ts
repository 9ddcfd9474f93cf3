import {
  type CryptoKey,
  compactVerify,
  errors,
  type JWTPayload,
  type LocalJWKSet,
  type ProtectedHeaderParameters,
} from "jose";
import type { UnverifiedToken } from "../../core/decision/bearer-token.ts";
import { claimsAfterVerification, type VerifiedClaims } from "../../core/decision/claims.ts";
import { AuthenticationError, type AuthenticationErrorCode } from "../../core/model/errors.ts";
import type { IssuerName } from "../../core/model/ids.ts";
import { ALGORITHMS } from "../../core/model/issuer.ts";
import type { IssuerSwitch } from "../../core/model/issuer-switch.ts";
import type { IssuerItem } from "../../core/model/items.ts";
import {
  checkAlgorithm,
  checkAudience,
  checkDirectory,
  checkKind,
  checkTimes,
  checkType,
  checkUnbound,
} from "./claim-checks.ts";
import { type IssuerConfig, withBothNames } from "./issuer-config.ts";
import type { IssuerKeys, KeySet } from "./issuer-keys.ts";
import { findIssuer, isTemplate } from "./issuer-template.ts";
import type { KeySets } from "./key-sets.ts";
import { withPlainIntegers } from "./plain-integers.ts";
import type { TableIssuers } from "./table-issuers.ts";
import { reported, type TokenFinding, type TokenReport } from "./token-finding.ts";
import type { TrustConfig } from "./trust-config.ts";
import { decodeUnverified } from "./unverified-token.ts";

/** What a token verifier needs. */
export interface TokenVerifierOptions {
  /** The trusted issuers. */
  readonly trust: TrustConfig;
  /** The keys of each trusted issuer. */
  readonly keySets: KeySets;
  /** Returns the catalogue's item of an issuer. @throws InternalError when the table cannot be read */
  readonly issuerItem: (name: IssuerName) => Promise<IssuerItem | undefined>;
  /** The issuers that the policy files give a URL, and the tenants' directories; absent if none of them are trusted. */
  readonly tableIssuers?: TableIssuers | undefined;
  /** Returns the issuer's kill switch. @throws InternalError when the table cannot be read */
  readonly issuerSwitch: (name: IssuerName) => Promise<IssuerSwitch | undefined>;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
  /** Receives the findings about claims and header; absent if nobody asks for them. */
  readonly report?: TokenReport;
}

/** A token that has been verified. */
export interface Verification {
  readonly claims: VerifiedClaims;
  /** Whether the issuer's keys are older than they should be, because the issuer could not be reached. */
  readonly staleKeys: boolean;
}

/**
 * Verifies a token and returns its claims.
 *
 * @throws AuthenticationError when the token is not valid
 * @throws InternalError when the keys or the catalogue cannot be read
 */
export type TokenVerifier = (token: UnverifiedToken) => Promise<Verification>;

/**
 * Creates the verifier of the configured issuers' tokens. The unverified `iss` only chooses the keys that the
 * signature is verified with; every other check follows.
 *
 * @example
 * import type { UnverifiedToken } from "../../core/decision/bearer-token.ts";
 * import { type TokenVerifierOptions, tokenVerifier } from "./verify-token.ts";
 *
 * export async function tenantClaim(options: TokenVerifierOptions, token: UnverifiedToken) {
 *   const { claims } = await tokenVerifier(options)(token);
 *   return claims.payload["tenant"];
 * }
 */
export function tokenVerifier({
  trust,
  keySets,
  issuerItem,
  tableIssuers,
  issuerSwitch,
  now,
  report,
}: TokenVerifierOptions): TokenVerifier {
  const issuers = trust.issuers.map((issuer) => ({
    ...issuer,
    algorithms: withBothNames(issuer.algorithms),
  }));
  const byUrl = new Map(issuers.map(({ url, name }) => [url, name]));
  const issuerAt = (url: string) => byUrl.get(url);
  return async (token) => {
    const { header, unverifiedClaims: payload } = decodeUnverified(token);
    const configured = findIssuer(issuers, payload.iss);
    const template = configured && isTemplate(configured.url) ? configured : undefined;
    const isInTable = configured === undefined || template !== undefined;
    if (isInTable) checkHeader(header, configured ?? ANY_ISSUER, report);
    const found =
      isInTable && typeof payload.iss === "string"
        ? await tableIssuers?.find(payload.iss, template)
        : undefined;
    const issuer = chooseIssuer(payload, isInTable ? found?.config : configured, issuers, report);
    checkHeader(header, issuer, report);
    const keys = found?.keys ?? keySets.get(issuer.name);
    const current = keys?.current();
    // A suspended issuer is denied whether or not it responds.
    current?.catch(() => undefined);
    // One after the other, so that a table that fails gets one request, not two.
    const item = found?.item ?? (await issuerItem(issuer.name));
    const killed = await issuerSwitch(issuer.name);
    checkSwitch(header, issuer.name, killed, report);
    const keySet = await current;
    if (item === undefined || keys === undefined || keySet === undefined) throw unknownIssuer();
    checkAlgorithm(header, item, issuer.algorithms, report);
    const denied = killed?.deniedKeys ?? NO_KEYS;
    const candidates = await findKeys(header, issuer, keys, { keySet, denied, report });
    await verifySignature(token, issuer, candidates);
    if (found !== undefined) tableIssuers?.markVerified(found);
    const times = { at: now(), toleranceSeconds: trust.clockToleranceSeconds };
    checkTimes(payload, issuer.name, times, report);
    checkDirectory(payload, item, found?.directory);
    checkType(header, item, report);
    checkKind(payload, item, report);
    checkAudience(payload, item, issuer.audiences, report);
    checkUnbound(payload, item, now(), report);
    const claims = claimsAfterVerification(
      item,
      withPlainIntegers(token, payload, item),
      found?.directory,
      issuerAt,
    );
    return { claims, staleKeys: keys.areStale() };
  };
}

/** What the header is checked against before the issuer is known, so that junk causes no read. */
const ANY_ISSUER = { algorithms: ALGORITHMS, name: undefined };

/** Returns the issuer that the unverified `iss` chooses. Verifying the signature then proves it. */
function chooseIssuer(
  { iss }: JWTPayload,
  issuer: IssuerConfig | undefined,
  issuers: readonly IssuerConfig[],
  report?: TokenReport,
): IssuerConfig {
  return reported(
    report,
    () => ({ names: ["iss"], expected: issuer ? [issuer.url] : issuers.map(({ url }) => url), found: [iss] }),
    () => {
      if (issuer === undefined || iss === undefined) throw unknownIssuer();
      return issuer;
    },
  );
}

const unknownIssuer = (): AuthenticationError =>
  new AuthenticationError("issuer_unknown", "The token's issuer is not trusted");

const NO_KEYS: ReadonlySet<string> = new Set();

/** Rejects the tokens of a suspended issuer, and those that name a denied key. */
function checkSwitch(
  { kid }: ProtectedHeaderParameters & { readonly kid?: unknown },
  issuer: IssuerName,
  killed: IssuerSwitch | undefined,
  report?: TokenReport,
): void {
  if (killed?.suspended)
    throw new AuthenticationError("issuer_suspended", "The token's issuer is suspended", { issuer });
  if (typeof kid !== "string" || !killed?.deniedKeys.has(kid)) return;
  report?.({ ...keyFacts(kid), denies: "key_denied" });
  throw deniedKey(issuer);
}

const keyFacts = (kid: unknown) => ({
  names: ["kid"],
  expected: ["one of the issuer's keys"],
  found: [kid],
});

const deniedKey = (issuer: string): AuthenticationError =>
  new AuthenticationError("key_denied", "The token's key is denied", { issuer });

/** Rejects bad headers before keys are looked up, so that junk causes no fetch. */
function checkHeader(
  header: ProtectedHeaderParameters,
  { algorithms, name }: { readonly algorithms: readonly string[]; readonly name: IssuerName | undefined },
  report?: TokenReport,
): void {
  if (typeof header.alg !== "string" || !algorithms.includes(header.alg)) {
    const error = failure("algorithm_not_allowed", name);
    report?.({ names: ["alg"], expected: algorithms, found: [header.alg], denies: error.code });
    throw error;
  }
  if (isExtended(header))
    throw new AuthenticationError("token_malformed", "The token's header requires an unsupported extension", {
      ...(name !== undefined && { issuer: name }),
    });
}

/**
 * Returns whether a header changes the meaning of the payload: by extensions that must be understood, by a payload
 * that is not base64url (RFC 7797, section 7, forbids it for JWTs), or by a nested JWT (RFC 7519, section 5.2).
 */
function isExtended({ crit, b64, cty }: ProtectedHeaderParameters): boolean {
  const nested = typeof cty === "string" && /^(application\/)?jwt$/i.test(cty);
  return crit !== undefined || b64 !== undefined || nested;
}

/**
 * Returns the issuer's keys that match the header's `alg` and `kid`. Fetches the key set again when none does. A key
 * that the header contains or points to is never used, nor is a denied one, for tokens without `kid` neither.
 */
async function findKeys(
  header: ProtectedHeaderParameters,
  issuer: IssuerConfig,
  keys: IssuerKeys,
  {
    keySet,
    denied,
    report,
  }: {
    readonly keySet: KeySet;
    readonly denied: ReadonlySet<string>;
    readonly report: TokenReport | undefined;
  },
): Promise<readonly CryptoKey[]> {
  const matching = (set: KeySet) => matchingKeys(header, set.without(denied), issuer.name);
  const reportKey = (denies: TokenFinding["denies"]): void => report?.({ ...keyFacts(header.kid), denies });
  const found = await matching(keySet);
  if (found.length > 0) {
    reportKey(null);
    return found;
  }
  if (denied.size > 0 && (await matchingKeys(header, keySet.find, issuer.name)).length > 0) {
    reportKey("key_denied");
    throw deniedKey(issuer.name);
  }
  const refreshed = await keys.refresh(keySet);
  const foundAgain = refreshed === keySet ? [] : await matching(refreshed);
  reportKey(foundAgain.length === 0 ? "key_unknown" : null);
  if (foundAgain.length === 0)
    throw new AuthenticationError("key_unknown", "The token's key is not one of its issuer's keys", {
      issuer: issuer.name,
    });
  return foundAgain;
}

/** The most keys that a token without `kid` is verified with. The limit is low because anyone can send such a token. */
const MAX_CANDIDATES = 16;

/**
 * Returns one key, or several for a token without `kid`. A key that cannot be imported counts as absent.
 *
 * @throws AuthenticationError `key_unknown` when a token without `kid` has too many candidates
 */
async function matchingKeys(
  header: ProtectedHeaderParameters,
  find: LocalJWKSet,
  issuer: string,
): Promise<readonly CryptoKey[]> {
  try {
    return [await find(header)];
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return [];
    const found: CryptoKey[] = [];
    for await (const key of error) found.push(key);
    if (found.length > MAX_CANDIDATES)
      throw new AuthenticationError(
        "key_unknown",
        `The token has no kid, and its issuer has more than ${MAX_CANDIDATES} keys that match: configure the issuer to set kid`,
        { issuer },
      );
    return found;
  }
}

async function verifySignature(
  token: UnverifiedToken,
  { algorithms, name }: IssuerConfig,
  candidates: readonly CryptoKey[],
): Promise<void> {
  let lastError: unknown;
  for (const key of candidates) {
    try {
      await compactVerify(token, key, { algorithms: [...algorithms] });
      return;
    } catch (error) {
      lastError = error;
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
    }
  }
  const code = lastError instanceof errors.JOSEError ? CODES[lastError.code] : undefined;
  throw code === undefined ? lastError : failure(code, name, lastError);
}

/** Maps jose's errors that the token causes to our codes. Any other error is our own failure. */
const CODES: Readonly<Record<string, keyof typeof MESSAGES>> = {
  [errors.JOSEAlgNotAllowed.code]: "algorithm_not_allowed",
  [errors.JOSENotSupported.code]: "token_malformed",
  [errors.JWSInvalid.code]: "token_malformed",
  [errors.JWSSignatureVerificationFailed.code]: "signature_invalid",
};

const MESSAGES = {
  algorithm_not_allowed: "The token's algorithm is not one of its issuer's algorithms",
  token_malformed: "The token is not a valid JWS",
  signature_invalid: "The token's signature does not verify",
} as const satisfies Partial<Record<AuthenticationErrorCode, string>>;

const failure = (
  code: keyof typeof MESSAGES,
  issuer: string | undefined,
  cause?: unknown,
): AuthenticationError =>
  new AuthenticationError(code, MESSAGES[code], { ...(issuer !== undefined && { issuer }), cause });
