/** The result of a read: the value, or the failure. */
export type Read<T> = { readonly value: T } | { readonly failure: ReadFailure };

export interface ReadFailure {
  readonly why: string;
  /** What to do about the failure. */
  readonly fix: string;
}
