import type { GithubApi, TaggedRoute } from "./github.ts";

/** Who asks an engine, about what. */
export interface Question {
  readonly api: GithubApi;
  readonly tenant: string;
  readonly subject: string;
  readonly roles: readonly string[];
}

/** Something that tells which routes a caller may call, ready to be asked. */
export interface Engine<Answer = unknown> {
  readonly name: string;
  readonly kind: "ours" | "peer";
  /** Whether one question asks about many routes; absent: each route is a question. */
  readonly atOnce?: true;
  ask(routes: readonly TaggedRoute[]): Answer | Promise<Answer>;
  /** The keys of the routes that an answer allows. */
  granted(answer: Answer, routes: readonly TaggedRoute[]): ReadonlySet<string>;
  close?(): Promise<void>;
}

export type StartEngine = (question: Question) => Promise<Engine>;
