import type { Read } from "./read.ts";
import type { State } from "./state.ts";

/** `error`: requests go wrong, or may; `warning`: it should be otherwise; `note`: good to know. */
export type Severity = "error" | "warning" | "note";

/** What is wrong, as it was found, and what mends it: a command, or a setting. */
export interface DoctorFinding {
  readonly severity: Severity;
  readonly evidence: string;
  readonly fix: string;
}

/** One thing that must hold of a deployment. It looks at what was gathered, and at nothing else. */
export interface Check {
  readonly name: string;
  /** In words, as it holds of a sound deployment. */
  readonly claim: string;
  /** Of an API that somebody else owns this is not ours to say: its errors are warnings there. */
  readonly theirsIfAdopted?: true;
  readonly find: (state: State) => readonly DoctorFinding[];
}

const finding =
  (severity: Severity) =>
  (evidence: string, fix: string): DoctorFinding => ({ severity, evidence, fix });

export const error = finding("error");
export const warning = finding("warning");
export const note = (evidence: string): DoctorFinding => ({ severity: "note", evidence, fix: "" });

/** Looks at what could be read; what could not is an error, never a silence. */
export const given = <T>(
  read: Read<T>,
  look: (value: T) => readonly DoctorFinding[],
): readonly DoctorFinding[] =>
  "value" in read
    ? look(read.value)
    : [error(`it could not be looked at: ${read.failure.why}`, read.failure.fix)];

/** The same for two at once. */
export const givenBoth = <A, B>(
  first: Read<A>,
  second: Read<B>,
  look: (a: A, b: B) => readonly DoctorFinding[],
): readonly DoctorFinding[] => given(first, (a) => given(second, (b) => look(a, b)));

/** The first few of a list, and how many more there are. */
export function listed(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}
