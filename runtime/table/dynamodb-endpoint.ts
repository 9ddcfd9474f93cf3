import { partition } from "@aws-sdk/core/client";

/** DynamoDB's own URL for a region. */
export function dynamodbEndpoint(region: string): string {
  return `https://dynamodb.${region}.${partition(region).dnsSuffix}`;
}
