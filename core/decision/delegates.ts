import { AuthenticationError } from "../model/errors.ts";
import { isObject } from "../model/is-object.ts";
import { claimAt, isPlainText, type VerifiedClaims } from "./claims.ts";

/** A party that acts for the subject of a token, as its claim `act` names it (RFC 8693, section 4.1). */
export interface Delegate {
  /** The name of the trusted issuer whose subject it is, or the URL of an issuer that is not trusted. */
  readonly issuer: string;
  readonly subject: string;
}

/** The most delegates of a token, prior ones included. */
export const MAX_DELEGATES = 5;
/** An `iss` is a URI, so that it is never taken for an issuer's name, and has no space. */
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/;

/**
 * Reads the claim `act` and those inside it: the current delegate, then the prior ones. An `act` without `iss` names a
 * subject of the token's own issuer. Only `iss` and `sub` count.
 *
 * @throws AuthenticationError `delegation_invalid` if one is not an object with a `sub`, if there are too many, or if one
 *   party, the token's subject included, is there twice
 * @example
 * import type { VerifiedClaims } from "./claims.ts";
 * import { readDelegates } from "./delegates.ts";
 *
 * export function currentDelegate(claims: VerifiedClaims): string | undefined {
 *   const [current] = readDelegates(claims);
 *   return current?.subject;
 * }
 */
export function readDelegates({ issuer, payload, issuerAt }: VerifiedClaims): readonly Delegate[] {
  const current = claimAt(payload, ["act"]);
  if (current === undefined) return NO_DELEGATES;
  const invalid = (found: string): AuthenticationError =>
    new AuthenticationError("delegation_invalid", `The token's act ${found}`, {
      issuer: issuer.name,
      claim: "act",
    });
  const own = claimAt(payload, ["iss"]);
  const subject = claimAt(payload, ["sub"]);
  const parties = new Set([
    printDelegate({ issuer: issuer.name, subject: isPlainText(subject) ? subject : "" }),
  ]);
  const delegates: Delegate[] = [];
  for (let act: unknown = current; act !== undefined; act = claimAt(act, ["act"])) {
    if (!isObject(act)) throw invalid("is not an object");
    const [iss = own, sub] = [claimAt(act, ["iss"]), claimAt(act, ["sub"])];
    if (!isPlainText(sub)) throw invalid("has no sub that is a string");
    const home = iss === own ? issuer.name : isPlainText(iss) && URI.test(iss) && (issuerAt?.(iss) ?? iss);
    if (home === false) throw invalid("has an iss that is not a URI");
    const delegate = { issuer: home, subject: sub };
    if (delegates.push(delegate) > MAX_DELEGATES) throw invalid(`names more than ${MAX_DELEGATES} delegates`);
    if (parties.size === parties.add(printDelegate(delegate)).size) throw invalid("names a party twice");
  }
  return delegates;
}

const NO_DELEGATES: readonly Delegate[] = [];

/** Prints a delegate in one line. No issuer contains a space, so no two delegates have the same text. */
export const printDelegate = ({ issuer, subject }: Delegate): string => `${issuer} ${subject}`;

/** Parses what {@link printDelegate} wrote; undefined if it is no delegate. */
export function parseDelegate(text: string): Delegate | undefined {
  const space = text.indexOf(" ");
  return space < 1 ? undefined : { issuer: text.slice(0, space), subject: text.slice(space + 1) };
}
