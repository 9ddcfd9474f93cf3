import { type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { HISTORY_KEY, HISTORY_OWNER, KEEPER_SORT_KEY } from "./history-keys.ts";

/** Who writes the file-owned items of a table. A table has one keeper, and the other one stops. */
export const KEEPERS = ["terraform", "publish"] as const;
export type Keeper = (typeof KEEPERS)[number];

/** Another tool than `publish` keeps a table's file-owned items. */
export class KeeperError extends Error {}

/** The item that records the keeper. With the keeper `terraform` it is in Terraform's state too. */
export const keeperItem = (keeper: Keeper | typeof RESTORING, next?: Keeper): Item => ({
  pk: HISTORY_KEY,
  sk: KEEPER_SORT_KEY,
  owner: HISTORY_OWNER,
  keeper,
  next,
});

/**
 * Records who keeps a table's file-owned items.
 *
 * @param next for a restore, who keeps them after it
 */
export async function recordKeeper(
  client: DynamoDBClient,
  table: string,
  keeper: Keeper | typeof RESTORING,
  next?: Keeper,
): Promise<void> {
  await client.send(new PutItemCommand({ TableName: table, Item: marshallItem(keeperItem(keeper, next)) }));
}

/** The value of the record while a restore of the table is not complete. */
export const RESTORING = "restore";

/** Rejects to write if not `publish` keeps the items. A table without a record gets one by the first publish. */
export function checkKeeper(table: string, keeper: string | undefined): void {
  if (keeper === undefined || keeper === "publish") return;
  if (keeper === RESTORING)
    throw new KeeperError(
      `A restore of ${table} is not complete, so the table denies every request and nothing was written: run npx portcullis restore again`,
    );
  throw new KeeperError(
    `Terraform keeps the items of ${table} that the policy files own, so nothing was written: deploy the change with npx portcullis deploy. To let publish keep them, run npx portcullis handover publish --table ${table} first`,
  );
}
