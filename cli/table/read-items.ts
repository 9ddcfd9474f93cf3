import { type DynamoDBClient, ScanCommand, type ScanCommandOutput } from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { ISSUERS_KEY } from "../../core/model/issuer-switch.ts";
import {
  CATALOGUE_KEY,
  DIRECTORY_PREFIX,
  ISSUER_PREFIX,
  ITEM_VERSION,
  type Item,
  ROUTES_KEY,
  TENANT_PREFIX,
} from "../../core/model/items.ts";
import { FILES_OWNER, RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import { hasGeneration } from "../../core/policy-files/publish/generations.ts";
import { hashContent } from "../../core/policy-files/publish/item-state.ts";
import { isMoving } from "../../core/policy-files/publish/moved-tenant.ts";
import { HISTORY_OWNER } from "../publish/history-keys.ts";
import { type Pauses, retry } from "./back-off.ts";

/** The content of a table, without its history. */
export interface TableContent {
  /**
   * The whole items of the policy files. The attribute `hash` is computed from the content, and empty if another
   * version of Portcullis wrote the item, or if it is a tenant without a generation.
   */
  readonly ours: readonly Item[];
  /** Those of `ours` that have another hash in the table. */
  readonly changedByHand: readonly Item[];
  /** The keys and owners of all other items. */
  readonly others: readonly Item[];
  /** The whole items of run-time tenants that are marked for the files, and of all directories of run time. */
  readonly movable: readonly Item[];
  /** Whether a run-time tenant has roles or changes of its own. */
  readonly hasRules: boolean;
  /** The issuers' kill switches, whole. */
  readonly switches: readonly Item[];
}

export interface ReadOptions {
  readonly segments?: number;
  readonly pauses?: Pauses | undefined;
  /** Is called with the number of items of each page. */
  readonly onItems?: (count: number) => void;
}

/** Reads a whole table with consistent reads, in parallel segments. */
export async function readTable(
  client: DynamoDBClient,
  table: string,
  { segments = 4, pauses, onItems }: ReadOptions = {},
): Promise<TableContent> {
  const parts = await Promise.all(
    Array.from({ length: segments }, (_, segment) =>
      readSegment(client, table, { segment, segments, pauses, onItems }),
    ),
  );
  const items = parts.flat();
  const ours = items.filter(isOurs).map((item) => ({ item, hash: hashContent(item) }));
  return {
    ours: ours.map(({ item, hash }) => ({
      ...item,
      hash: item["v"] === ITEM_VERSION && hasGeneration(item) ? hash : "",
    })),
    changedByHand: ours.flatMap(({ item, hash }) => (item["hash"] === hash ? [] : [item])),
    others: items.filter((item) => !isOurs(item)).map(({ pk, sk, owner }) => ({ pk, sk, owner })),
    movable: items.filter(
      (item) =>
        isMoving(item) ||
        (item["owner"] === RUNTIME_OWNER && String(item["pk"]).startsWith(DIRECTORY_PREFIX)),
    ),
    hasRules: items.some((item) => item["owner"] === RUNTIME_OWNER && item["rules"] !== undefined),
    switches: items.filter(({ pk }) => pk === ISSUERS_KEY),
  };
}

/** Returns whether an item belongs to the policy files of this API; a later version may add an API's name to the kind. */
const isOurs = ({ owner, pk }: Item): boolean =>
  owner === FILES_OWNER &&
  (pk === CATALOGUE_KEY ||
    pk === ROUTES_KEY ||
    [TENANT_PREFIX, ISSUER_PREFIX, DIRECTORY_PREFIX].some((prefix) => String(pk).startsWith(prefix)));

interface Segment {
  readonly segment: number;
  readonly segments: number;
  readonly pauses: Pauses | undefined;
  readonly onItems: ((count: number) => void) | undefined;
}

async function readSegment(
  client: DynamoDBClient,
  table: string,
  { segment, segments, pauses, onItems }: Segment,
): Promise<Item[]> {
  const items: Item[] = [];
  let from: ScanCommandOutput["LastEvaluatedKey"];
  do {
    const command = new ScanCommand({
      TableName: table,
      ConsistentRead: true,
      Segment: segment,
      TotalSegments: segments,
      FilterExpression: "attribute_not_exists(#owner) OR #owner <> :history",
      ExpressionAttributeNames: { "#owner": "owner" },
      ExpressionAttributeValues: { ":history": { S: HISTORY_OWNER } },
      ExclusiveStartKey: from,
    });
    const page: ScanCommandOutput = await retry(() => client.send(command), pauses);
    items.push(...(page.Items ?? []).map(unmarshallItem));
    onItems?.(page.Items?.length ?? 0);
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}
