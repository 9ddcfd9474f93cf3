/**
 * Tells whether an IAM resource pattern matches an ARN.
 *
 * `*` stands for any run of characters, also none, and crosses `/`; `?` for exactly one character. Nothing
 * else is special, letter case counts, and a wildcard character inside `arn` is an ordinary character.
 * A character is a Unicode code point, so `?` never matches half of a surrogate pair.
 *
 * Greedy with one remembered `*`: no recursion and no RegExp, so no pattern can blow up. Worst case is the
 * product of both lengths, for an ordinary pattern their sum.
 *
 * @example matchesArnPattern("arn:aws:execute-api:*:*:api/dev/GET/users/?*", arn)
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function matchesArnPattern(pattern: string, arn: string): boolean {
  const wanted = Array.from(pattern);
  const given = Array.from(arn);
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
