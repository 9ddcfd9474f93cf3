import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { STSClient } from "@aws-sdk/client-sts";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { readCaller } from "portcullis-caller";
import { tenantSessions } from "./tenant-sessions.ts";

const tableArn = variable("TABLE_ARN");
const getCredentials = tenantSessions({
  sts: new STSClient({}),
  roleArn: variable("TENANT_ROLE_ARN"),
  tableArn,
});

/** Lists the caller's documents. A query that forgets the tenant fails in DynamoDB, and leaks nothing. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const { tenantId } = readCaller(event);
  const dynamodb = new DynamoDBClient({ credentials: await getCredentials(tenantId) });
  try {
    const { Items = [] } = await dynamodb.send(
      new QueryCommand({
        TableName: tableArn,
        KeyConditionExpression: "tenantId = :tenant",
        ExpressionAttributeValues: { ":tenant": { S: tenantId } },
        Limit: 100,
      }),
    );
    const documents = Items.map(({ documentId }) => documentId?.S ?? "");
    return {
      statusCode: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ documents }),
    };
  } finally {
    dynamodb.destroy();
  }
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`The environment variable ${name} is missing`);
  return value;
}
