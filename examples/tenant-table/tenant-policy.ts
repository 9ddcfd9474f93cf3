/** An IAM policy for a session, as `AssumeRole` accepts it. */
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

/** The actions whose requests always have keys. A Scan has none, and PartiQL can omit them. */
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

/** Excludes wildcards and `${…}`, with which IAM would match more than one tenant. */
const TENANT_ID = /^[A-Za-z0-9._~@:+=,!|-]{1,128}$/;
const TABLE_ARN = /^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[A-Za-z0-9._-]{3,255}$/;

/**
 * Returns a session policy that reaches one tenant's items in a table: those whose partition key is the tenant's id.
 *
 * `ForAllValues` alone also matches a request without keys, so `Null` requires that there are some.
 *
 * @param tableArn ARN of the table itself; its indexes, which have other partition keys, are not reachable
 * @param tenantId the id that `readCaller` returns, never one from the request
 * @throws RangeError for an id or ARN that a policy cannot contain; the message does not have the value
 */
export function tenantPolicy(tableArn: string, tenantId: string): SessionPolicy {
  if (!TABLE_ARN.test(tableArn))
    throw new RangeError("tableArn must be the ARN of one DynamoDB table, without wildcards");
  if (!TENANT_ID.test(tenantId))
    throw new RangeError(
      "A policy cannot contain this tenant's id: it must be 1 to 128 characters of A-Za-z0-9 and ._~@:+=,!|-",
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
