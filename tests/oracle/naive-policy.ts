interface NaiveStatement {
  readonly Effect: string;
  readonly Resource: string | readonly string[];
}

/**
 * Evaluates a policy a second time, as simply as possible: each pattern is a regular expression, any matching
 * Deny wins, then any matching Allow. Conditions are not supported, because our policies have none.
 */
export function naivelyAllows(
  document: { readonly Statement: readonly NaiveStatement[] },
  methodArn: string,
): boolean {
  const matched = (effect: string): boolean =>
    document.Statement.some(
      ({ Effect, Resource }) =>
        Effect === effect && [Resource].flat().some((pattern) => naivelyMatches(pattern, methodArn)),
    );
  return !matched("Deny") && matched("Allow");
}

export function naivelyMatches(pattern: string, arn: string): boolean {
  const source = Array.from(pattern, (character) => {
    if (character === "*") return ".*";
    if (character === "?") return ".";
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
  return new RegExp(`^${source.join("")}$`, "su").test(arn);
}
