interface NaiveStatement {
  readonly Effect: string;
  readonly Resource: string | readonly string[];
}

/**
 * IAM's matching a second time, as simply as it can be written: a pattern is a regular expression, any Deny
 * that matches wins, then any Allow. Conditions are not known here: none of our policies has one.
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
