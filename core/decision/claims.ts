import type { ClaimPath, IssuerItem } from "../model/items.ts";

declare const verified: unique symbol;

/** The payload of a token whose signature, issuer, audience, times and type hold. Only the verifier makes one. */
export interface VerifiedClaims {
  readonly [verified]: true;
  readonly issuer: IssuerItem;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Of an issuer that stands for many directories, the one that speaks; it speaks for the tenant of its name alone. */
  readonly directory?: string | undefined;
}

/**
 * Marks a payload as verified. For the verifier, once every check has passed, and for the shadow, which reads
 * claims that it verified by a candidate's issuer: whoever else calls this makes a caller out of thin air.
 */
export function claimsAfterVerification(
  issuer: IssuerItem,
  payload: Readonly<Record<string, unknown>>,
  directory?: string,
): VerifiedClaims {
  return { issuer, payload, directory } as VerifiedClaims;
}

/** The claim at a path, own members only; undefined where there is none. */
export function claimAt(payload: Readonly<Record<string, unknown>>, path: ClaimPath): unknown {
  let found: unknown = payload;
  for (const name of path) {
    if (typeof found !== "object" || found === null || Array.isArray(found) || !Object.hasOwn(found, name))
      return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** Lone surrogates have no UTF-8, so no faithful form in a header or a path: such a text counts as absent. */
export const isPlainText = (claim: unknown): claim is string =>
  typeof claim === "string" && claim !== "" && claim.isWellFormed();

/** A claim that is one name or a list of names, as a list; what is neither gives none. */
export function namesIn(claim: unknown): string[] {
  if (typeof claim === "string") return isPlainText(claim) ? [claim] : [];
  if (!Array.isArray(claim) || !claim.every((name) => typeof name === "string")) return [];
  return claim.filter(isPlainText);
}

/** Scopes and roles are also written as one string with spaces between (RFC 8693, section 4.2). */
export function wordsIn(claim: unknown): string[] {
  return typeof claim === "string" ? claim.split(" ").filter(isPlainText) : namesIn(claim);
}
