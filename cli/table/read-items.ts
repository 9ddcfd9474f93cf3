import { type DynamoDBClient, ScanCommand, type ScanCommandOutput } from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { ITEM_VERSION, type Item } from "../../core/model/items.ts";
import { FILES_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import { hashContent } from "../../core/policy-files/publish/item-state.ts";
import { HISTORY_OWNER } from "../publish/history-keys.ts";
import { type Pauses, patiently } from "./back-off.ts";

/** What a table holds: the policy files' items whole, of others only keys and owner. */
export interface TableContent {
  /** Each with the hash of what it holds, whatever hash it names; none where another version wrote it. */
  readonly ours: readonly Item[];
  /** Those of ours that name another hash. */
  readonly changedByHand: readonly Item[];
  readonly others: readonly Item[];
}

export interface ReadOptions {
  readonly segments?: number;
  readonly pauses?: Pauses | undefined;
  /** Called with the number of items that were read. */
  readonly onItems?: (count: number) => void;
}

/** Reads a table whole, consistently, in parallel segments; what was published before is left out. */
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
    ours: ours.map(({ item, hash }) => ({ ...item, hash: item["v"] === ITEM_VERSION ? hash : "" })),
    changedByHand: ours.flatMap(({ item, hash }) => (item["hash"] === hash ? [] : [item])),
    others: items.filter((item) => !isOurs(item)).map(({ pk, sk, owner }) => ({ pk, sk, owner })),
  };
}

const isOurs = (item: Item): boolean => item["owner"] === FILES_OWNER;

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
    const page: ScanCommandOutput = await patiently(() => client.send(command), pauses);
    items.push(...(page.Items ?? []).map(unmarshallItem));
    onItems?.(page.Items?.length ?? 0);
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}
