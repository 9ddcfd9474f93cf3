/** A verb of `portcullis`. */
export interface Command {
  /** Printed for `--help`, and after the message of a usage error. */
  readonly usage: string;
  /** Returns the exit status: 0 done, 1 denied or failed. @throws UsageError for wrong use, which ends with status 2 */
  run(args: readonly string[]): Promise<number> | number;
}
