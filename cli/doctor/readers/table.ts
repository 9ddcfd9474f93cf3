import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { readTable } from "../../table/read-items.ts";
import { runTimeItems } from "../../table/run-time-items.ts";
import type { TableReading } from "../state.ts";

/** Reads the table's items and its protection. Scans the whole table twice. */
export async function readPermissionsTable(client: DynamoDBClient, name: string): Promise<TableReading> {
  const TableName = name;
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const { ContinuousBackupsDescription: backups } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName }),
  );
  const { TimeToLiveDescription: ttl } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  return {
    content: await readTable(client, name),
    runTime: await runTimeItems(client, name),
    deletionProtection: Table?.DeletionProtectionEnabled === true,
    pointInTimeRecovery: backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === "ENABLED",
    ttlAttribute: ttl?.TimeToLiveStatus === "ENABLED" ? ttl.AttributeName : undefined,
  };
}
