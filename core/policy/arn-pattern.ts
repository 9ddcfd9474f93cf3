/**
 * Returns whether an IAM resource pattern matches an ARN.
 *
 * `*` matches any run of characters, including none, and crosses `/`. `?` matches exactly one character. No
 * other character is special, letter case counts, and a wildcard character in `arn` is an ordinary character. A
 * character is a Unicode code point, so `?` never matches half of a surrogate pair.
 *
 * The match is greedy and backtracks to the last `*` only, without recursion or RegExp, so that no pattern
 * takes exponential time. The worst case is the product of both lengths; for ordinary patterns it is their sum.
 *
 * @example
 * import { matchesArnPattern } from "./arn-pattern.ts";
 *
 * matchesArnPattern("api/dev/GET/users/?*", "api/dev/GET/users/42"); // => true
 * matchesArnPattern("api/dev/GET/users/?*", "api/dev/GET/users/"); // => false
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function matchesArnPattern(pattern: string, arn: string): boolean {
  // Most patterns of a policy differ from the ARN before their first wildcard.
  const literal = pattern.search(/[*?]/);
  if (literal === -1) return pattern === arn;
  if (!arn.startsWith(pattern.slice(0, literal))) return false;
  const wanted = characters(pattern);
  const given = characters(arn);
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let next = 0; next < given.length; ) {
    if (wanted[at] === "*") {
      star = at++;
      resume = next;
    } else if (wanted[at] === "?" || wanted[at] === given[next]) {
      at++;
      next++;
    } else if (star >= 0) {
      at = star + 1;
      next = ++resume;
    } else {
      return false;
    }
  }
  while (wanted[at] === "*") at++;
  return at === wanted.length;
}

/** Returns the characters of a string, which are its units if it has no surrogates. */
const characters = (text: string): ArrayLike<string> =>
  /[\ud800-\udfff]/.test(text) ? Array.from(text) : text;
