/** What could be read, or why it could not. */
export type Read<T> = { readonly value: T } | { readonly failure: ReadFailure };

export interface ReadFailure {
  readonly why: string;
  readonly fix: string;
}
