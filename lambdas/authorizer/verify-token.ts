import type { UnverifiedToken } from "../../core/bearer-token.ts";
import { claimsAfterVerification, type VerifiedClaims } from "../../core/claims.ts";
import { UnauthorizedError } from "../../core/errors.ts";
import type { IssuerName } from "../../core/ids.ts";
import type { IssuerItem } from "../../core/items.ts";
import { checkAudience, checkTimes, checkType } from "./claim-checks.ts";
import type { TrustConfig } from "./config.ts";
import type { IssuerConfig } from "./issuer-config.ts";
import type { KeySets } from "./key-sets.ts";
import { verifySignature } from "./signature.ts";
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

interface Verification {
  readonly claims: VerifiedClaims;
  /** Whether the very token had been verified before. */
  readonly cached: boolean;
  /** Whether the issuer's keys are older than they should be. */
  readonly staleKeys: boolean;
}

/**
 * Verifies a token. @throws UnauthorizedError, or UnavailableError where keys or catalogue cannot be had
 */
export type TokenVerifier = (token: UnverifiedToken) => Promise<Verification>;

export function tokenVerifier({ trust, keySets, issuerItem, now }: TokenVerifierOptions): TokenVerifier {
  const issuers = new Map(trust.issuers.map((issuer) => [issuer.url, issuer]));
  const seen = verifiedTokens(now);
  const tolerance = trust.clockToleranceSeconds;

  return async (token) => {
    const unverified = decodeUnverified(token);
    const issuer = chooseIssuer(unverified, issuers);
    checkHeader(unverified, issuer);
    const keys = keySets.get(issuer.name);
    const [item, keySet] = await Promise.all([issuerItem(issuer.name), keys?.current()]);
    if (item === undefined || keys === undefined || keySet === undefined) throw unknownIssuer();
    const known = seen.get(token, { item, keySet });
    if (known !== undefined) {
      checkTimes(known, issuer.name, now(), tolerance);
      return { claims: claimsAfterVerification(item, known), cached: true, staleKeys: keys.areStale() };
    }
    const { header } = unverified;
    const signed = await verifySignature({
      token,
      header,
      issuer,
      keys,
      keySet,
      clockToleranceSeconds: tolerance,
      at: now(),
    });
    checkTimes(signed.payload, issuer.name, now(), tolerance);
    checkAudience(signed.payload, item, issuer.audiences);
    checkType(header, signed.payload, item);
    seen.add(token, { item, keySet: signed.keySet }, signed.payload);
    return {
      claims: claimsAfterVerification(item, signed.payload),
      cached: false,
      staleKeys: keys.areStale(),
    };
  };
}

/** By `iss` as written: the signature then has to prove what was only claimed here. */
function chooseIssuer(
  { unverifiedClaims }: UnverifiedContent,
  issuers: ReadonlyMap<string, IssuerConfig>,
): IssuerConfig {
  const claimed: unknown = unverifiedClaims.iss;
  const issuer = typeof claimed === "string" ? issuers.get(claimed) : undefined;
  if (issuer === undefined) throw unknownIssuer();
  return issuer;
}

const unknownIssuer = (): UnauthorizedError =>
  new UnauthorizedError("issuer_unknown", "The token's issuer is not trusted");

/** Before any key is looked for, so that junk costs no fetch. */
function checkHeader({ header }: UnverifiedContent, issuer: IssuerConfig): void {
  if (typeof header.alg !== "string" || !issuer.algorithms.includes(header.alg))
    throw new UnauthorizedError("algorithm_not_allowed", "The token's algorithm is not one of its issuer's", {
      issuer: issuer.name,
    });
  if (header.crit !== undefined)
    throw new UnauthorizedError("token_malformed", "The token's header asks for what is not supported", {
      issuer: issuer.name,
    });
}
