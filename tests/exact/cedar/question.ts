/** A request and its caller, from which each engine is asked in its own way. */
export interface Question {
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly subject: string;
  readonly scopes: readonly string[];
  /** Forwarded claims. A list counts with at most {@link MOST_LISTED} values. */
  readonly claims: Readonly<Record<string, string | readonly string[]>>;
  readonly issuer: string;
  /** The directory that issued the token, of an issuer that has one for each tenant. */
  readonly directory: string | undefined;
  /** Empty if the token does not name exactly one client. */
  readonly client: string;
  readonly delegate: { readonly issuer: string; readonly subject: string } | undefined;
  readonly method: string;
  readonly path: string;
}

/** Returns whether a request is allowed. */
export type Decide = (question: Question) => boolean;

/** What the random folders write as `at_most` of a claim that is a list. */
export const MOST_LISTED = 2;
