import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ISSUERS_KEY, type IssuerSwitches, readIssuerSwitches } from "../../core/model/issuer-switch.ts";
import type { Item } from "../../core/model/items.ts";
import { type RunTimeItems, selectRunTime } from "../../core/policy-files/simulate/run-time-state.ts";
import { type Scanned, scanTenants } from "../../runtime/table/scan-tenants.ts";
import { getItem, type Key, queryItems } from "../../runtime/table/store.ts";
import { ATTEMPTS, withTableClient } from "./client.ts";

/** Reads all run-time tenants, memberships, revocations and kill switches, or the tenants alone. Reads the whole table. */
export const readRunTimeItems = (table: string, scanned?: Scanned): Promise<RunTimeItems> =>
  withTableClient((client) => runTimeItems(client, table, scanned), ATTEMPTS);

/** Like {@link readRunTimeItems}, with a client of the caller's. */
export async function runTimeItems(
  client: DynamoDBClient,
  table: string,
  scanned?: Scanned,
): Promise<RunTimeItems> {
  const found: Item[] = [];
  for await (const page of scanTenants(client, table, scanned)) found.push(...page);
  return selectRunTime(found);
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
