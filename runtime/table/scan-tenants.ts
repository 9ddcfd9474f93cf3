import { type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { ISSUERS_KEY } from "../../core/model/issuer-switch.ts";
import { DIRECTORY_PREFIX, type Item, TENANT_PREFIX, TENANT_SORT_KEY } from "../../core/model/items.ts";
import { RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";

/** `tenants` leaves out what belongs to tenants: memberships and revocations, which are most of a table. */
export type Scanned = "everything" | "tenants";

const TENANTS = "begins_with(pk, :tenants) AND sk = :tenant";

/**
 * Reads a table's tenants, whatever their owner, their directories, and what run time added to tenants and issuers, by a scan of the whole
 * table. Yields each page.
 */
export async function* scanTenants(
  client: DynamoDBClient,
  table: string,
  scanned: Scanned = "everything",
): AsyncGenerator<Item[]> {
  const isWhole = scanned === "everything";
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      FilterExpression: isWhole
        ? `pk = :issuers OR begins_with(pk, :directories) OR (begins_with(pk, :tenants) AND #owner = :runtime) OR (${TENANTS})`
        : TENANTS,
      ...(isWhole && { ExpressionAttributeNames: { "#owner": "owner" } }),
      ExpressionAttributeValues: {
        ":tenants": { S: TENANT_PREFIX },
        ":tenant": { S: TENANT_SORT_KEY },
        ...(isWhole && {
          ":runtime": { S: RUNTIME_OWNER },
          ":issuers": { S: ISSUERS_KEY },
          ":directories": { S: DIRECTORY_PREFIX },
        }),
      },
    },
  );
  for await (const page of pages) yield (page.Items ?? []).map((item) => unmarshallItem(item));
}
