import type { Finding } from "../../decision/finding.ts";
import type { Position } from "../source/problem.ts";

/** The origin of a step: a position in the policy files, or the key of an item in the table. */
export type Origin = Position | { readonly item: string };

/** What a person would change so that a step no longer denies. */
export interface Edit {
  /** Such as `add documents.purge to`, to which the position is appended. */
  readonly text: string;
  /** Undefined: the change is not in the policy files. */
  readonly at: Position | undefined;
}

/** One fact that contributed to a decision. */
export interface ExplanationStep {
  readonly text: string;
  /** `gives` adds access, `takes` denies the request, and `notes` only informs. */
  readonly effect: "gives" | "takes" | "notes";
  readonly at: Origin | undefined;
  /** The check whose finding the step prints; undefined for what is known before any check. */
  readonly check?: Finding["check"] | undefined;
  /** Whether the finding decides. At most one step of a denied request does, and none of an allowed one. */
  readonly decides?: boolean | undefined;
  /** Undefined: nothing to change. */
  readonly edit?: Edit | undefined;
}

/** Prints a position in a file of a folder, which is a path prefix such as `policies/`. */
export const printPosition = ({ file, line }: Position, folder = ""): string => `${folder}${file}:${line}`;

/** Prints an edit, as in ``add `documents.purge` to roles/editor.yaml:4``. */
export const printEdit = ({ text, at }: Edit, folder = ""): string =>
  at === undefined ? text : `${text} ${printPosition(at, folder)}`;
