import type { IssuerSettings } from "../../model/issuer.ts";

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/;

/** The form of {@link parseTime}'s input, for messages. */
export const TIME_FORM = "a date such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z";

/** Parses a date, which is its first moment in UTC, or a time of RFC 3339. Returns seconds since 1970, or NaN. */
export function parseTime(text: string): number {
  const day = Date.parse(text.slice(0, 10));
  // JavaScript reads 31 February as 3 March.
  if (!TIME.test(text) || Number.isNaN(day) || !new Date(day).toISOString().startsWith(text.slice(0, 10)))
    return Number.NaN;
  return Math.floor(Date.parse(text) / 1_000);
}

/** Returns a line for each issuer whose bound tokens are accepted, which weakens them: a stolen one works. */
export const boundTokenLines = (
  issuers: Iterable<Pick<IssuerSettings, "boundTokensUntil"> & { readonly name: string }>,
): string[] =>
  [...issuers].flatMap(({ name, boundTokensUntil }) =>
    boundTokensUntil === undefined
      ? []
      : [
          `${name}: tokens that are bound to a key (cnf) are accepted without proof of possession until ${new Date(boundTokensUntil * 1_000).toISOString()}`,
        ],
  );
