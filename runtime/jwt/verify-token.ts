import type { UnverifiedToken } from "../../core/decision/bearer-token.ts";
import { claimsAfterVerification, type VerifiedClaims } from "../../core/decision/claims.ts";
import { AuthenticationError } from "../../core/model/errors.ts";
import type { IssuerName } from "../../core/model/ids.ts";
import type { IssuerItem } from "../../core/model/items.ts";
import { checkAlgorithm, checkAudience, checkDirectory, checkTimes, checkType } from "./claim-checks.ts";
import type { IssuerConfig } from "./issuer-config.ts";
import { directoryIn, findIssuer } from "./issuer-template.ts";
import type { KeySets } from "./key-sets.ts";
import { verifySignature } from "./signature.ts";
import { type TokenKey, tokenKey } from "./token-key.ts";
import type { TrustConfig } from "./trust-config.ts";
import { decodeUnverified, type UnverifiedContent } from "./unverified-token.ts";
import { verifiedTokens } from "./verified-tokens.ts";

export interface TokenVerifierOptions {
  readonly trust: TrustConfig;
  readonly keySets: KeySets;
  /** The catalogue's item. @throws UnavailableError */
  readonly issuerItem: (name: IssuerName) => Promise<IssuerItem | undefined>;
  /** The time in ms since 1970. */
  readonly now: () => number;
}

export interface Verification {
  readonly claims: VerifiedClaims;
  /** Whether the very token had been verified before. */
  readonly cached: boolean;
  /** Whether the issuer's keys are older than they should be. */
  readonly staleKeys: boolean;
  /** Whether the very same would come of it now, as far as keys go. @throws UnauthorizedError where the token has ended */
  isCurrent(): boolean;
}

/**
 * Verifies a token. @throws UnauthorizedError, or UnavailableError where keys or catalogue cannot be had
 */
export type TokenVerifier = (token: UnverifiedToken, key?: TokenKey) => Promise<Verification>;

export function tokenVerifier({ trust, keySets, issuerItem, now }: TokenVerifierOptions): TokenVerifier {
  const seen = verifiedTokens(now);
  const tolerance = trust.clockToleranceSeconds;

  return async (token, key = tokenKey(token)) => {
    const unverified = decodeUnverified(token);
    const { issuer, iss } = chooseIssuer(unverified, trust.issuers);
    checkHeader(unverified, issuer);
    const directory = directoryIn(issuer.url, iss);
    const keys = keySets.get(issuer.name);
    const [item, keySet] = await Promise.all([issuerItem(issuer.name), keys?.current()]);
    if (item === undefined || keys === undefined || keySet === undefined) throw unknownIssuer();
    const { header, unverifiedClaims: payload } = unverified;
    checkAlgorithm(header, item);
    const cached = seen.has(key, { item, keySet });
    const signedBy = cached ? keySet : await verifySignature({ token, header, issuer, keys, keySet });
    checkTimes(payload, issuer.name, now(), tolerance);
    checkDirectory(payload, item, directory);
    checkAudience(payload, item, issuer.audiences);
    checkType(header, payload, item);
    if (!cached) seen.add(key, { item, keySet: signedBy });
    return {
      claims: claimsAfterVerification(item, payload, directory),
      cached,
      staleKeys: keys.areStale(),
      isCurrent() {
        checkTimes(payload, issuer.name, now(), tolerance);
        return keys.holds(signedBy);
      },
    };
  };
}

/** By `iss` as written: the signature then has to prove what was only claimed here. */
function chooseIssuer(
  { unverifiedClaims }: UnverifiedContent,
  issuers: readonly IssuerConfig[],
): { issuer: IssuerConfig; iss: string } {
  const { iss } = unverifiedClaims;
  const issuer = findIssuer(issuers, iss);
  if (issuer === undefined || iss === undefined) throw unknownIssuer();
  return { issuer, iss };
}

const unknownIssuer = (): AuthenticationError =>
  new AuthenticationError("issuer_unknown", "The token's issuer is not trusted");

/** Before any key is looked for, so that junk costs no fetch. */
function checkHeader({ header }: UnverifiedContent, issuer: IssuerConfig): void {
  if (typeof header.alg !== "string" || !issuer.algorithms.includes(header.alg))
    throw new AuthenticationError(
      "algorithm_not_allowed",
      "The token's algorithm is not one of its issuer's",
      {
        issuer: issuer.name,
      },
    );
  if (isExtended(header))
    throw new AuthenticationError("token_malformed", "The token's header asks for what is not supported", {
      issuer: issuer.name,
    });
}

/**
 * A header that gives the payload another meaning: extensions that must be understood, a payload that is not
 * base64url (RFC 7797, section 7, forbids it to JWTs), or another JWT inside (RFC 7519, section 5.2).
 */
function isExtended({ crit, b64, cty }: UnverifiedContent["header"]): boolean {
  const nested = typeof cty === "string" && /^(application\/)?jwt$/i.test(cty);
  return crit !== undefined || b64 !== undefined || nested;
}
