import { AuthenticationError, type AuthenticationErrorCode } from "../../core/model/errors.ts";

/** What one check of a token found. It contains claims, so only a developer's own machine may print it. */
export interface TokenFinding {
  /** The claim or header member; several if each may hold the value. */
  readonly names: readonly string[];
  /** What is accepted: one of these. */
  readonly expected: readonly string[];
  /** What the token has, for each name; undefined: nothing. */
  readonly found: readonly unknown[];
  /** The error's code if this check rejects the token, else null. */
  readonly denies: AuthenticationErrorCode | null;
}

/** Receives the findings of a verification, in the order in which the checks are made. */
export type TokenReport = (finding: TokenFinding) => void;

/**
 * Makes a check, and reports what it found. Without a report it only makes the check.
 *
 * @param facts describes the check; undefined for one that the token gives no reason to mention
 * @example
 * import { reported, type TokenFinding } from "./token-finding.ts";
 *
 * const findings: TokenFinding[] = [];
 * const facts = () => ({ names: ["typ"], expected: ["at+jwt"], found: ["at+jwt"] });
 * reported((finding) => findings.push(finding), facts, () => true); // => true
 * findings[0]?.denies; // => null
 */
export function reported<T>(
  report: ((finding: TokenFinding) => unknown) | undefined,
  facts: () => Omit<TokenFinding, "denies"> | undefined,
  check: () => T,
): T {
  if (report === undefined) return check();
  const found = facts();
  try {
    const result = check();
    if (found !== undefined) report({ ...found, denies: null });
    return result;
  } catch (error) {
    if (found !== undefined && error instanceof AuthenticationError) report({ ...found, denies: error.code });
    throw error;
  }
}
