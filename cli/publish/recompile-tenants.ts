import { type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { CATALOGUE_KEY, type Item, ROUTES_KEY, TENANT_SORT_KEY } from "../../core/model/items.ts";
import { RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import { findStale, rulesFromItems, type Stale } from "../../core/policy-files/publish/recompile.ts";
import type { ItemChanges } from "../../core/policy-files/publish/steps.ts";
import { recompileTenant } from "../../runtime/table/recompile-tenant.ts";

/** Run-time tenants whose roles were compiled again, and those whose roles no longer compile. */
export interface Recompiled {
  readonly done: readonly string[];
  /** One message for each problem. These tenants keep what they had. */
  readonly failed: readonly string[];
}

export const NOTHING_RECOMPILED: Recompiled = { done: [], failed: [] };

/** Returns whether changes concern what run-time tenants are compiled against. */
export const concernsRules = ({ created, changed, removed }: ItemChanges): boolean =>
  [...created, ...removed, ...changed.map(({ after }) => after)].some(
    ({ pk }) => pk === CATALOGUE_KEY || pk === ROUTES_KEY,
  );

/** Finds the run-time tenants whose items are not what their rules say with the wanted items. Reads the whole table. */
export async function findStaleTenants(
  client: DynamoDBClient,
  table: string,
  wanted: readonly Item[],
): Promise<Stale[]> {
  const found: Item[] = [];
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      FilterExpression: "sk = :tenant AND #owner = :runtime AND attribute_exists(#rules)",
      ExpressionAttributeNames: { "#owner": "owner", "#rules": "rules" },
      ExpressionAttributeValues: { ":tenant": { S: TENANT_SORT_KEY }, ":runtime": { S: RUNTIME_OWNER } },
    },
  );
  for await (const page of pages) found.push(...(page.Items ?? []).map((item) => unmarshallItem(item)));
  if (found.length === 0) return [];
  const known = rulesFromItems(wanted);
  return found.flatMap((item) => findStale(item, known) ?? []);
}

/** Compiles run-time tenants again. Each is one conditional write with an entry in the tenant's history. */
export async function recompileTenants(
  client: DynamoDBClient,
  stale: readonly Stale[],
  { table, wanted, who }: { readonly table: string; readonly wanted: readonly Item[]; readonly who: string },
): Promise<Recompiled> {
  const done: string[] = [];
  const failed: string[] = [];
  const known = stale.length === 0 ? undefined : rulesFromItems(wanted);
  for (const tenant of stale) {
    if ("problems" in tenant)
      failed.push(...tenant.problems.map(({ message }) => `tenant ${tenant.id}: ${message}`));
    else if (known !== undefined) {
      await recompileTenant({ client, table, who }, tenant, known);
      done.push(tenant.id);
    }
  }
  return { done, failed };
}
