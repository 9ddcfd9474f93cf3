import type { RuleText } from "../../core/policy-files/rules/rule-text.ts";
import type { Position } from "../../core/policy-files/source/problem.ts";

/** What a verb found, in the form from which reports for other programs are made. */
export interface Report {
  /** What distinguishes this run from runs of other verbs or environments on the same commit. */
  readonly category: string;
  readonly rules: Readonly<Record<string, RuleText>>;
  readonly results: readonly ReportedResult[];
  /** The file at which a result is reported that is in no file, for programs that show results in files only. */
  readonly otherwise: string;
}

export interface ReportedResult {
  readonly rule: string;
  readonly level: "error" | "warning" | "note";
  readonly message: string;
  /** A position in a file, which is named by its path from the working directory; absent: in no file. */
  readonly at?: Position;
  /** What is affected if it is in no file, such as an item of a table. */
  readonly subject?: string;
}
