import { DynamoDBClient, GetItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";

const client = new DynamoDBClient({});

/** Reads the catalogue's items and a tenant's item as the SDK's own examples do. */
export async function readTable(table: string, tenant: string) {
  const [catalogue, tenantItem] = await Promise.all([
    client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: "CATALOGUE" } },
      }),
    ),
    client.send(
      new GetItemCommand({ TableName: table, Key: { pk: { S: `TENANT#${tenant}` }, sk: { S: "TENANT" } } }),
    ),
  ]);
  return {
    catalogue: (catalogue.Items ?? []).map(unmarshallItem),
    tenant: unmarshallItem(tenantItem.Item ?? {}),
  };
}
