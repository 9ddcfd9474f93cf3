import { matchesArnPattern } from "../../core/policy/arn-pattern.ts";
import type { SessionPolicy } from "../../examples/tenant-table/tenant-policy.ts";

/** A request to DynamoDB as IAM sees it; a Scan has no leading keys. */
export interface TableRequest {
  readonly action: string;
  readonly resource: string;
  readonly leadingKeys?: readonly string[];
}

/**
 * Whether a policy of Allows alone lets a request pass, read as IAM's documentation says: `ForAllValues` also holds
 * of no values, `Null` "false" wants the key to be there. Any other operator is an error: nothing is assumed.
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
  if (operator === "Null") return values.includes(String(leadingKeys === undefined));
  throw new Error(`The evaluator does not know ${operator}`);
}
