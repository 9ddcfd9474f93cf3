import { decodeAscii } from "../model/method-arn.ts";
import { matchesArnPattern } from "./arn-pattern.ts";
import type { PolicyDocument } from "./compile.ts";

/**
 * Whether a policy of our own allows requests with all of these ARNs, in whatever spelling: each as given and
 * percent-decoded once, for AWS does not say which of the two an event holds.
 */
export function allowsEach(policy: PolicyDocument, arns: readonly string[]): boolean {
  return arns.flatMap((arn) => [arn, decodeAscii(arn)]).every((arn) => allows(policy, arn));
}

function allows({ Statement }: PolicyDocument, arn: string): boolean {
  const matched = Statement.filter(({ Resource }) =>
    Resource.some((pattern) => matchesArnPattern(pattern, arn)),
  );
  return matched.length > 0 && matched.every(({ Effect }) => Effect === "Allow");
}
