import { type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { CANDIDATE_SORT_KEY } from "../../core/decision/shadow.ts";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { type Candidate, readCandidate, SHADOW_OWNER } from "../../core/policy-files/publish/candidate.ts";
import { changesBetween, type ItemChanges, type Write } from "../../core/policy-files/publish/steps.ts";
import { writeItems } from "./write-items.ts";

/**
 * Puts a candidate's items into the table in the place of another's. The mark goes first and comes last: without
 * it no authorizer looks at the rest.
 */
export async function writeCandidate(
  client: DynamoDBClient,
  table: string,
  [mark, ...wanted]: readonly [Item, ...Item[]],
): Promise<ItemChanges> {
  const changes = changesBetween((await clearMark(client, table)).rest, wanted);
  await write(client, table, [
    ...changes.removed.map((item): Write => ({ remove: item })),
    ...[...changes.created, ...changes.changed.map(({ after }) => after)].map(put),
  ]);
  await write(client, table, [put(mark)]);
  return changes;
}

/** @throws CandidateError where it is not whole, or was changed by hand */
export const candidateIn = async (client: DynamoDBClient, table: string): Promise<Candidate | undefined> =>
  readCandidate(await shadowItems(client, table));

/** Takes the candidate out of the table, and tells how many items it had. */
export async function clearCandidate(client: DynamoDBClient, table: string): Promise<number> {
  const { marks, rest } = await clearMark(client, table);
  await write(
    client,
    table,
    rest.map((item): Write => ({ remove: item })),
  );
  return marks.length + rest.length;
}

async function clearMark(
  client: DynamoDBClient,
  table: string,
): Promise<{ readonly marks: readonly Item[]; readonly rest: readonly Item[] }> {
  const items = await shadowItems(client, table);
  const marks = items.filter(({ sk }) => sk === CANDIDATE_SORT_KEY);
  await write(
    client,
    table,
    marks.map((item): Write => ({ remove: item })),
  );
  return { marks, rest: items.filter((item) => !marks.includes(item)) };
}

const put = (item: Item): Write => ({ put: item, creates: false });

async function write(client: DynamoDBClient, table: string, writes: readonly Write[]): Promise<void> {
  await writeItems(client, writes, { table, guardCreations: false });
}

async function shadowItems(client: DynamoDBClient, table: string): Promise<Item[]> {
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
