import type { Position } from "../source/problem.ts";

/** The origin of a step: a position in the policy files, or the key of an item in the table. */
export type Origin = Position | { readonly item: string };

/** One fact that contributed to a decision. */
export interface ExplanationStep {
  readonly text: string;
  /** `gives` adds access, `takes` removes access, and `notes` only informs. */
  readonly effect: "gives" | "takes" | "notes";
  readonly at: Origin | undefined;
}

export const note = (text: string, at?: Origin): ExplanationStep => ({ text, effect: "notes", at });
export const gives = (text: string, at?: Origin): ExplanationStep => ({ text, effect: "gives", at });
export const takes = (text: string, at?: Origin): ExplanationStep => ({ text, effect: "takes", at });
