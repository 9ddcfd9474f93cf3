import type { Directory } from "../model/directory.ts";
import type { IssuerName } from "../model/ids.ts";
import { isObject } from "../model/is-object.ts";
import type { ClaimPath, IssuerItem } from "../model/items.ts";

declare const verified: unique symbol;

/**
 * The payload of a token whose signature, issuer, audience, times and type are verified. Only the verifier
 * creates it.
 */
export interface VerifiedClaims {
  readonly [verified]: true;
  readonly issuer: IssuerItem;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The directory that issued the token, if the issuer has one for each tenant. It speaks for its tenant alone. */
  readonly directory?: Directory | undefined;
  /** Returns the name of the trusted issuer with a URL. Absent: only the token's own issuer is known. */
  readonly issuerAt?: IssuerAt | undefined;
}

/** Returns the name of the trusted issuer with exactly this URL. */
export type IssuerAt = (url: string) => IssuerName | undefined;

/**
 * Marks a payload as verified. Only three functions may call this: the verifier, after every check has passed,
 * the shadow evaluation, which reads verified claims by a candidate's issuer, and the replay of another authorizer's
 * log, whose result nobody gets access by. Any other use would forge a caller.
 */
export function claimsAfterVerification(
  issuer: IssuerItem,
  payload: Readonly<Record<string, unknown>>,
  directory?: Directory,
  issuerAt?: IssuerAt,
): VerifiedClaims {
  return { issuer, payload, directory, issuerAt } as VerifiedClaims;
}

/**
 * Returns the claim at a path, or undefined if there is none. Inherited members are never read.
 *
 * @example
 * import { claimAt } from "./claims.ts";
 *
 * claimAt({ org: { id: "acme" } }, ["org", "id"]); // => "acme"
 * claimAt({ org: "acme" }, ["org", "id"]); // => undefined
 */
export function claimAt(payload: Readonly<Record<string, unknown>>, path: ClaimPath): unknown {
  let found: unknown = payload;
  for (const name of path) {
    if (!isObject(found) || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return found;
}

/**
 * Returns whether a claim is a non-empty string that UTF-8 can encode. A string with a lone surrogate has no
 * exact form in a header or a path, so that it counts as absent.
 */
export const isPlainText = (claim: unknown): claim is string =>
  typeof claim === "string" && claim !== "" && claim.isWellFormed();

/** Lists the names in a claim that is one name or a list of names. Any other claim has none. */
export function namesIn(claim: unknown): string[] {
  if (typeof claim === "string") return isPlainText(claim) ? [claim] : [];
  if (!Array.isArray(claim) || !claim.every((name) => typeof name === "string")) return [];
  return claim.filter(isPlainText);
}

/**
 * Lists the names in a claim as {@link namesIn} does, but splits a string at spaces (RFC 8693, section 4.2).
 */
export function wordsIn(claim: unknown): string[] {
  return typeof claim === "string" ? claim.split(" ").filter(isPlainText) : namesIn(claim);
}

/**
 * Returns whether the issuer left the claim out of the token because it is too long or stored elsewhere. Then
 * `_claim_names` names it (OpenID Connect Core 1.0, section 5.6.2). Entra does this for more than 200 groups,
 * and writes `hasgroups` instead in tokens of the implicit flow.
 */
export function isLeftOut(payload: Readonly<Record<string, unknown>>, [name = ""]: ClaimPath): boolean {
  if (claimAt(payload, [name]) !== undefined) return false;
  if (claimAt(payload, ["_claim_names", name]) !== undefined) return true;
  const hasGroups = claimAt(payload, ["hasgroups"]);
  return name === "groups" && hasGroups !== undefined && hasGroups !== false;
}
