import { type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { CANDIDATE_SORT_KEY } from "../../core/decision/shadow.ts";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { type Candidate, readCandidate, SHADOW_OWNER } from "../../core/policy-files/publish/candidate.ts";
import { changesBetween, type ItemChanges, type Write } from "../../core/policy-files/publish/steps.ts";
import { writeItems } from "./write-items.ts";

/**
 * Writes a candidate's items into the table and replaces the previous candidate's. Removes the marker item first and
 * writes it last, because authorizers ignore a candidate without a marker.
 */
export async function writeCandidate(
  client: DynamoDBClient,
  table: string,
  [marker, ...wanted]: readonly [Item, ...Item[]],
): Promise<ItemChanges> {
  const changes = changesBetween((await clearMarker(client, table)).rest, wanted);
  await write(client, table, [
    ...changes.removed.map((item): Write => ({ remove: item })),
    ...[...changes.created, ...changes.changed.map(({ after }) => after)].map(put),
  ]);
  await write(client, table, [put(marker)]);
  return changes;
}

/** Reads the candidate from a table. @throws CandidateError if it is incomplete or was changed by hand */
export const loadCandidate = async (client: DynamoDBClient, table: string): Promise<Candidate | undefined> =>
  readCandidate(await readShadowItems(client, table));

/** Removes the candidate from the table. Returns the number of removed items. */
export async function clearCandidate(client: DynamoDBClient, table: string): Promise<number> {
  const { markers, rest } = await clearMarker(client, table);
  await write(
    client,
    table,
    rest.map((item): Write => ({ remove: item })),
  );
  return markers.length + rest.length;
}

async function clearMarker(
  client: DynamoDBClient,
  table: string,
): Promise<{ readonly markers: readonly Item[]; readonly rest: readonly Item[] }> {
  const items = await readShadowItems(client, table);
  const markers = items.filter(({ sk }) => sk === CANDIDATE_SORT_KEY);
  await write(
    client,
    table,
    markers.map((item): Write => ({ remove: item })),
  );
  return { markers, rest: items.filter((item) => !markers.includes(item)) };
}

const put = (item: Item): Write => ({ put: item, creates: false });

async function write(client: DynamoDBClient, table: string, writes: readonly Write[]): Promise<void> {
  await writeItems(client, writes, { table, guardCreations: false });
}

async function readShadowItems(client: DynamoDBClient, table: string): Promise<Item[]> {
  const items: Item[] = [];
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      FilterExpression: "#owner = :shadow",
      ExpressionAttributeNames: { "#owner": "owner" },
      ExpressionAttributeValues: { ":shadow": { S: SHADOW_OWNER } },
    },
  );
  for await (const page of pages) items.push(...(page.Items ?? []).map((item) => unmarshallItem(item)));
  return items;
}
