import {
  paginateQuery,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { type Item, TENANT_PREFIX, tenantKey } from "../../core/model/items.ts";
import {
  AUDIT_PREFIX,
  auditKey,
  queryItems,
  readAudit,
  type StoreOptions,
} from "../../runtime/table/store.ts";
import { progress } from "../shared/progress.ts";
import { retry } from "../table/back-off.ts";
import { inParallel } from "./in-parallel.ts";
import { readTakenAway, type TakenAway } from "./taken-away.ts";

/** What the table has of one tenant. */
export interface TenantState {
  /** The items of the tenant's partition, by their sort keys. */
  readonly items: ReadonlyMap<string, Item>;
  /** What the tenant's history says was taken away. */
  readonly taken: TakenAway;
  /** The number of items of the history. They are never changed or removed, so an equal number is an equal history. */
  readonly entries: number;
}

/** From this number of tenants on, one scan of the table takes fewer requests than two queries for each. */
const SCAN_FROM = 200;

/** Reads what the table has of tenants, by their ids. Returns it in their order. */
export async function readStates(store: StoreOptions, ids: readonly string[]): Promise<TenantState[]> {
  if (ids.length >= SCAN_FROM) return scanStates(store, ids);
  const tick = progress("tenants read", ids.length);
  return inParallel(ids, async (id) => {
    const state = await readState(store, id);
    tick();
    return state;
  });
}

/** Reads what the table has of one tenant, and its history, which all spellings of its id share. */
export async function readState(store: StoreOptions, id: string): Promise<TenantState> {
  const items = await retry(() => queryItems(store, tenantKey(id)));
  // The history comes last, so that it has every removal that the items show.
  return toState(items, await retry(() => queryItems(store, auditKey(id))));
}

const toState = (items: readonly Item[], history: readonly Item[]): TenantState => ({
  items: new Map(items.map((item) => [String(item["sk"]), item])),
  taken: readTakenAway(readAudit(history)),
  entries: history.length,
});

/** Counts the items of a tenant's history. */
export async function countEntries({ client, table }: StoreOptions, id: string): Promise<number> {
  const query: QueryCommandInput = {
    ...{ TableName: table, ConsistentRead: true },
    Select: "COUNT",
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: auditKey(id) } },
  };
  return retry(async () => {
    let count = 0;
    for await (const page of paginateQuery({ client }, query)) count += page.Count ?? 0;
    return count;
  });
}

async function scanStates(store: StoreOptions, ids: readonly string[]): Promise<TenantState[]> {
  const found = new Map<string, Item[]>(
    ids.flatMap((id) => [
      [tenantKey(id), []],
      [auditKey(id), []],
    ]),
  );
  const tick = progress("items read");
  const segments = Array.from({ length: SEGMENTS }, (_, segment) => segment);
  await inParallel(segments, (segment) =>
    scanSegment(store, segment, (item) => {
      found.get(String(item["pk"]))?.push(item);
      tick();
    }),
  );
  return ids.map((id) => toState(found.get(tenantKey(id)) ?? [], found.get(auditKey(id)) ?? []));
}

/** The parts of the table that are scanned at once. */
const SEGMENTS = 4;

async function scanSegment(
  { client, table }: StoreOptions,
  segment: number,
  onItem: (item: Item) => void,
): Promise<void> {
  let from: ScanCommandOutput["LastEvaluatedKey"];
  do {
    const command = new ScanCommand({
      ...{ TableName: table, ConsistentRead: true, Segment: segment, TotalSegments: SEGMENTS },
      FilterExpression: "begins_with(pk, :tenants) OR begins_with(pk, :history)",
      ExpressionAttributeValues: { ":tenants": { S: TENANT_PREFIX }, ":history": { S: AUDIT_PREFIX } },
      ExclusiveStartKey: from,
    });
    const page: ScanCommandOutput = await retry(() => client.send(command));
    for (const item of page.Items ?? []) onItem(unmarshallItem(item));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
}
