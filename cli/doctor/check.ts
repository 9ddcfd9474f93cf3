import type { Read } from "./read.ts";
import type { State } from "./state.ts";

/**
 * `error`: requests fail, or are decided wrongly; `warning`: should be corrected; `unchecked`: a part of the claim was
 * not examined; `note`: for information.
 */
export type Severity = "error" | "warning" | "unchecked" | "note";

/** A finding of a check. */
export interface DoctorFinding {
  readonly severity: Severity;
  /** What is wrong, with the values that were found. */
  readonly evidence: string;
  /** The command to run or the setting to change; empty for a note. */
  readonly fix: string;
}

/** One requirement for a deployment. It examines the gathered state only. */
export interface Check {
  readonly name: string;
  /** What is true of a sound deployment. */
  readonly claim: string;
  /** In an adopted API its owner is responsible, so errors become warnings. */
  readonly theirsIfAdopted?: true;
  readonly find: (state: State) => readonly DoctorFinding[];
}

const finding =
  (severity: Severity) =>
  (evidence: string, fix: string): DoctorFinding => ({ severity, evidence, fix });

export const error = finding("error");
export const warning = finding("warning");
export const note = (evidence: string): DoctorFinding => ({ severity: "note", evidence, fix: "" });

export const unchecked = (evidence: string): DoctorFinding => ({ severity: "unchecked", evidence, fix: "" });

/** Examines a value that was read. A value that could not be read is an error. */
export const examineRead = <T>(
  read: Read<T>,
  examine: (value: T) => readonly DoctorFinding[],
): readonly DoctorFinding[] =>
  "value" in read
    ? examine(read.value)
    : [error(`this could not be checked: ${read.failure.why}`, read.failure.fix)];

/** Like {@link examineRead}, for two values. */
export const examineBoth = <A, B>(
  first: Read<A>,
  second: Read<B>,
  examine: (a: A, b: B) => readonly DoctorFinding[],
): readonly DoctorFinding[] => examineRead(first, (a) => examineRead(second, (b) => examine(a, b)));

/** Joins the first names of a list, and says how many more there are. */
export function joinNames(names: readonly string[], limit = 5): string {
  const more = names.length - limit;
  return more > 0 ? `${names.slice(0, limit).join(", ")} and ${more} more` : names.join(", ");
}
