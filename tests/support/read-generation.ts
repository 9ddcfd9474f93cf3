import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { getTenant } from "../../runtime/table/catalogue.ts";

/** Returns the generation that a tenant has in a table. */
export const readGeneration = async (
  client: DynamoDBClient,
  table: string,
  tenant: string,
): Promise<string> => (await getTenant({ client, table, who: "tests" }, tenant)).generation;
