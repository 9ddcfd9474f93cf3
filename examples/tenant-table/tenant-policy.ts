/** An IAM policy, as `AssumeRole` takes it for a session. */
export interface SessionPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: "Allow";
    readonly Action: readonly string[];
    readonly Resource: string;
    readonly Condition: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  }[];
}

/** Those that name the keys they touch. A Scan names none, and PartiQL could do without. */
const ACTIONS: readonly string[] = [
  "dynamodb:BatchGetItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:ConditionCheckItem",
  "dynamodb:DeleteItem",
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:Query",
  "dynamodb:UpdateItem",
];

/** Without wildcards and `${…}`, which IAM would read as more than one tenant. */
const TENANT_ID = /^[A-Za-z0-9._~@:+=,!|-]{1,128}$/;
const TABLE_ARN = /^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[A-Za-z0-9._-]{3,255}$/;

/**
 * A session policy that reaches one tenant's items in a table: those whose partition key is the tenant's id.
 *
 * `ForAllValues` alone also holds where a request has no keys at all, so `Null` says that there must be some.
 *
 * @param tableArn of the table itself; its indexes have partition keys of their own and stay out of reach
 * @param tenantId as `readCaller` gives it, never from the request
 * @throws RangeError for an id or ARN that cannot be put into a policy; the message does not have it
 */
export function tenantPolicy(tableArn: string, tenantId: string): SessionPolicy {
  if (!TABLE_ARN.test(tableArn))
    throw new RangeError("tableArn must be the ARN of one DynamoDB table, without wildcards");
  if (!TENANT_ID.test(tenantId))
    throw new RangeError(
      "The tenant's id cannot be put into a policy: it must be 1 to 128 characters of A-Za-z0-9 and ._~@:+=,!|-",
    );
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "OwnItems",
        Effect: "Allow",
        Action: ACTIONS,
        Resource: tableArn,
        Condition: {
          "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [tenantId] },
          Null: { "dynamodb:LeadingKeys": "false" },
        },
      },
    ],
  };
}
