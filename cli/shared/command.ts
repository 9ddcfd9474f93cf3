/** One verb of `portcullis`. */
export interface Command {
  /** Printed for `--help`, and after the message when the verb is used wrongly. */
  readonly usage: string;
  /** Returns the exit status: 0 done, 1 denied or a check failed, 2 wrong use. */
  run(args: readonly string[]): Promise<number> | number;
}
