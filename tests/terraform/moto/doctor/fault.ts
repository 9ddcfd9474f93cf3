/** Something that goes wrong with a deployment by hand. */
export interface Fault {
  readonly title: string;
  /** The checks that have to find it, and no others. */
  readonly checks: readonly string[];
  /** What the finding and its fix have to say. */
  readonly told: RegExp;
  /** Makes it so, by AWS's own calls, and returns what undoes it. */
  plant(): Promise<() => Promise<unknown>>;
}
