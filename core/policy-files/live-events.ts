import type { AccessSection } from "./access/sections.ts";
import type { Problem } from "./source/problem.ts";

/** The outcome of a request. `public`: the route has no authorizer; `no_route`: the request matched no route. */
export type LiveOutcome = "allowed" | "denied" | "unauthorized" | "failed" | "public" | "no_route";

/**
 * One request that the local gateway answered, as the console shows it. It never contains a token or a header's
 * value.
 */
export interface LiveDecision {
  /** The gateway's own request id; clients cannot choose it. */
  readonly requestId: string;
  /** ISO 8601. */
  readonly time: string;
  readonly method: string;
  /** Without the query, and truncated to 512 characters. */
  readonly path: string;
  /** Such as `GET /documents/{documentId}`; null if no route matched. */
  readonly route: string | null;
  /** The HTTP status of the response. */
  readonly status: number;
  readonly outcome: LiveOutcome;
  /** The reason of a denial, or the code of a 401 or 500. */
  readonly reason: string | null;
  readonly tenant: string | null;
  readonly subject: string | null;
  /** Null if they are not known, as for a denial from the cache. */
  readonly roles: readonly string[] | null;
  /** Null if they are not known, as for a caller who is allowed nothing. */
  readonly scopes: readonly string[] | null;
  /** The issuer's name; null if it is not known. */
  readonly issuer: string | null;
  /**
   * The OAuth client of the token, empty if the token does not name exactly one; null if it is not known, as for a response
   * from the cache whose token was not seen before.
   */
  readonly client: string | null;
  /** Who acts for the subject: the issuer, a space, and the subject; null if nobody does, or if it is not known. */
  readonly delegate: string | null;
  readonly group: string | null;
  /** `off`: nothing is cached; null: no authorizer. */
  readonly cache: "hit" | "miss" | "off" | "not-called" | null;
  /** How long the gateway waited for the authorizer, in milliseconds; null if it did not call it. */
  readonly authorizerMs: number | null;
  readonly policyVersion: string | null;
  /** An explanation, if status and reason do not explain the outcome. */
  readonly note: string | null;
}

/** One kind of change, in the words of `portcullis diff`. */
export interface LiveAccessSection extends AccessSection {
  /** The number of lines that are left out. */
  readonly more: number;
}

/** Sent when the policy files were read: at the start, and after each change. */
export interface PoliciesEvent {
  /** ISO 8601. */
  readonly time: string;
  /** The folder that was read: the one in force, or the candidate that is evaluated alongside it. */
  readonly folder: "in_force" | "candidate";
  /** The current version of `policies.json`. If it differs, the page fetches that file again. */
  readonly version: string;
  /** Empty if the files have errors, so that the last valid files stay in force. */
  readonly changes: readonly LiveAccessSection[];
  /** The summary of the whole diff, such as `12 of 300 combinations … are lost`; null if nothing was compared. */
  readonly summary: string | null;
  /** If one is an error, the last valid files stay in force. */
  readonly problems: readonly Problem[];
  /** Why the last valid files stay in force, if the cause has no position in a file. */
  readonly failure: string | null;
  /** The number of problems that are left out. */
  readonly more: number;
}

/** Data that does not change while the stack runs. */
export interface StackEvent {
  /** The shell command that prints a token, without the flags that describe the caller. */
  readonly tokenCommand: string;
  /** The issuers that are real identity providers, so that the stack mints no tokens for them. */
  readonly realIssuers: readonly string[];
}
