import type { GithubApi, TaggedRoute } from "../fixtures/github.ts";

/** The question that every engine decides: which routes of the API may this caller call? */
export interface Question {
  readonly api: GithubApi;
  readonly tenant: string;
  readonly subject: string;
  readonly roles: readonly string[];
}

/** An engine that is set up with the policies and the caller, and decides which routes the caller may call. */
export interface Engine<Result = unknown> {
  readonly name: string;
  readonly kind: "ours" | "peer";
  /** Whether one evaluation decides all routes. Absent: each route is an evaluation of its own. */
  readonly batch?: true;
  decide(routes: readonly TaggedRoute[]): Result | Promise<Result>;
  /** Returns the keys of the routes that a result allows. */
  grantedKeys(result: Result, routes: readonly TaggedRoute[]): ReadonlySet<string>;
  close?(): Promise<void>;
}

export type StartEngine = (question: Question) => Promise<Engine>;
