import type { Position } from "../source/problem.ts";

/** Where it is said: a line of the policy files, or an item of the table, by its key. */
export type Origin = Position | { readonly item: string };

/** One thing that had a part in a decision, and where it is said. */
export interface ExplanationStep {
  readonly text: string;
  /** `gives` and `takes` change what the caller may; `notes` say what was looked at. */
  readonly effect: "gives" | "takes" | "notes";
  readonly at: Origin | undefined;
}

export const note = (text: string, at?: Origin): ExplanationStep => ({ text, effect: "notes", at });
export const gives = (text: string, at?: Origin): ExplanationStep => ({ text, effect: "gives", at });
export const takes = (text: string, at?: Origin): ExplanationStep => ({ text, effect: "takes", at });
