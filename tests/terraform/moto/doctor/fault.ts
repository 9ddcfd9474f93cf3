/** A fault in a deployment, as a change by hand can cause it. */
export interface Fault {
  readonly title: string;
  /** The checks that must report it. No other check may report an error. */
  readonly checks: readonly string[];
  /** Must match the finding and its fix. */
  readonly finding: RegExp;
  /** Causes the fault by calls of AWS, and returns the function that undoes it. */
  plant(): Promise<() => Promise<unknown>>;
}
