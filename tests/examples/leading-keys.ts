import { matchesArnPattern } from "../../core/policy/arn-pattern.ts";
import type { SessionPolicy } from "../../examples/tenant-table/tenant-policy.ts";

/** A request to DynamoDB as IAM evaluates it; a Scan has no leading keys. */
export interface TableRequest {
  readonly action: string;
  readonly resource: string;
  readonly leadingKeys?: readonly string[];
}

/**
 * Returns whether a policy that has only Allows allows a request, as IAM's documentation defines it: `ForAllValues` is
 * also true if there are no values, and `Null` "false" requires the key. Any other operator throws.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function allows({ Statement }: SessionPolicy, request: TableRequest): boolean {
  return Statement.some(
    ({ Action, Resource, Condition }) =>
      Action.some((pattern) => matchesArnPattern(pattern, request.action)) &&
      matchesArnPattern(Resource, request.resource) &&
      Object.entries(Condition).every(([operator, keys]) =>
        Object.entries(keys).every(([key, values]) => holds(operator, key, [values].flat(), request)),
      ),
  );
}

function holds(
  operator: string,
  key: string,
  values: readonly string[],
  { leadingKeys }: TableRequest,
): boolean {
  if (key !== "dynamodb:LeadingKeys") throw new Error(`The evaluator does not know ${key}`);
  if (operator === "ForAllValues:StringEquals")
    return (leadingKeys ?? []).every((leading) => values.includes(leading));
  if (operator === "ForAllValues:StringLike")
    return (leadingKeys ?? []).every((leading) => values.some((value) => matchesArnPattern(value, leading)));
  if (operator === "Null") return values.includes(String(leadingKeys === undefined));
  throw new Error(`The evaluator does not know ${operator}`);
}
