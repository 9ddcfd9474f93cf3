import type { AccessSection } from "./access/sections.ts";
import type { Problem } from "./source/problem.ts";

/** What became of a request at the authorizer: `public` has none, `no_route` reached no route. */
export type LiveOutcome = "allowed" | "denied" | "unauthorized" | "failed" | "public" | "no_route";

/** One request that the local gateway answered, as the console shows it. Never a token, nor a header's value. */
export interface LiveDecision {
  /** The gateway's own; clients cannot choose it. */
  readonly requestId: string;
  /** ISO 8601. */
  readonly time: string;
  readonly method: string;
  /** Without its query; cut short after 512 characters. */
  readonly path: string;
  /** Such as `GET /documents/{documentId}`; null where none was reached. */
  readonly route: string | null;
  /** What the client got. */
  readonly status: number;
  readonly outcome: LiveOutcome;
  /** Of a refusal, or the code of a 401 or 500. */
  readonly reason: string | null;
  readonly tenant: string | null;
  readonly subject: string | null;
  /** Null where it is not told, as in a refusal from the cache. */
  readonly roles: readonly string[] | null;
  readonly group: string | null;
  /** `off`: nothing is cached; null: no authorizer. */
  readonly cache: "hit" | "miss" | "off" | "not-called" | null;
  /** How long the gateway waited for the authorizer; null where it did not call it. */
  readonly authorizerMs: number | null;
  readonly policyVersion: string | null;
  /** Why, where status and reason do not tell. */
  readonly note: string | null;
}

/** One kind of change, in the words of `portcullis diff`. */
export interface LiveAccessSection extends AccessSection {
  /** How many lines more there are than are told. */
  readonly more: number;
}

/** The files were read: on start, and after each change. */
export interface PoliciesEvent {
  /** ISO 8601. */
  readonly time: string;
  /** Which folder was read: the one in force, or the candidate that is decided beside it. */
  readonly folder: "in_force" | "candidate";
  /** Names the state that `policies.json` has now; it is to be fetched anew where this differs. */
  readonly version: string;
  /** Nothing, where the last good files stay in force. */
  readonly changes: readonly LiveAccessSection[];
  /** Of a whole diff: `12 of 300 combinations … are lost`; null where nothing is compared. */
  readonly summary: string | null;
  /** Errors: then the last good files stay in force. */
  readonly problems: readonly Problem[];
  /** Why the last good files stay in force where that has no place in a file. */
  readonly failure: string | null;
  /** How many problems more there are than are told. */
  readonly more: number;
}

/** What stands as long as the stack runs. */
export interface StackEvent {
  /** What prints a token in a shell, but for the flags that say of whom. */
  readonly tokenCommand: string;
}
