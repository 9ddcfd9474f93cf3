import { type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { ISSUERS_KEY, type IssuerSwitches, readIssuerSwitches } from "../../core/model/issuer-switch.ts";
import { DIRECTORY_PREFIX, type Item, TENANT_PREFIX, TENANT_SORT_KEY } from "../../core/model/items.ts";
import { RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import { type RunTimeItems, selectRunTime } from "../../core/policy-files/simulate/run-time-state.ts";
import { getItem, type Key, queryItems } from "../../runtime/table/store.ts";
import { ATTEMPTS, withTableClient } from "./client.ts";

/** Reads all run-time tenants, memberships, revocations and kill switches. Reads the whole table. */
export const readRunTimeItems = (table: string): Promise<RunTimeItems> =>
  withTableClient((client) => runTimeItems(client, table), ATTEMPTS);

/** Like {@link readRunTimeItems}, with a client of the caller's. */
export async function runTimeItems(client: DynamoDBClient, table: string): Promise<RunTimeItems> {
  const found: Item[] = [];
  for await (const page of scanTenants(client, table)) found.push(...page);
  return selectRunTime(found);
}

/** Reads a table's tenants and kill switches, and what run time added to tenants, by a scan. Yields each page. */
export async function* scanTenants(client: DynamoDBClient, table: string): AsyncGenerator<Item[]> {
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      FilterExpression:
        "pk = :issuers OR begins_with(pk, :directories) OR begins_with(pk, :tenants) AND (#owner = :runtime OR sk = :tenant)",
      ExpressionAttributeNames: { "#owner": "owner" },
      ExpressionAttributeValues: {
        ":runtime": { S: RUNTIME_OWNER },
        ":issuers": { S: ISSUERS_KEY },
        ":directories": { S: DIRECTORY_PREFIX },
        ":tenants": { S: TENANT_PREFIX },
        ":tenant": { S: TENANT_SORT_KEY },
      },
    },
  );
  for await (const page of pages) yield (page.Items ?? []).map((item) => unmarshallItem(item));
}

/** Reads the items that exist at the given keys, with consistent reads. */
export const readItemsAt = (table: string, keys: readonly Key[]): Promise<Item[]> =>
  withTableClient(async (client) => {
    const items = await Promise.all(keys.map((key) => getItem({ client, table, who: "" }, key)));
    return items.filter((item) => item !== undefined);
  }, ATTEMPTS);

/** Reads the issuers' kill switches, with a consistent read. */
export const readSwitches = (table: string): Promise<IssuerSwitches> =>
  withTableClient(
    async (client) => readIssuerSwitches(await queryItems({ client, table, who: "" }, ISSUERS_KEY)),
    ATTEMPTS,
  );
