import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
} from "@aws-sdk/client-dynamodb";
import { marshallItem, unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { ITEM_VERSION, type Item, tenantKey } from "../../core/model/items.ts";
import { RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import { digest } from "../../core/policy-files/source/digest.ts";
import { StoreError } from "./store-error.ts";

export interface StoreOptions {
  readonly client: DynamoDBClient;
  /** The permissions table's name. */
  readonly table: string;
  /** Who writes, for the audit: the AWS caller's ARN. */
  readonly who: string;
  /** The time in ms since 1970; the machine's clock where it is absent. */
  readonly now?: () => number;
}

/** Attempts of one change against other writers. */
const ATTEMPTS = 12;
const PAUSE = 20;
const LONGEST_PAUSE = 640;

/** Content with version, owner and the hash that the next writer's condition names. */
export function stampRuntime(content: Item): Item {
  const present = Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined));
  return { ...present, v: ITEM_VERSION, owner: RUNTIME_OWNER, hash: digest(present) };
}

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** One item, read consistently. */
export async function getItem({ client, table }: StoreOptions, key: Key): Promise<Item | undefined> {
  const command = new GetItemCommand({
    TableName: table,
    Key: marshallItem({ ...key }),
    ConsistentRead: true,
  });
  const { Item } = await client.send(command);
  return Item && unmarshallItem(Item);
}

/** A partition's items whose sort key begins as given, in its order. */
export async function queryItems({ client, table }: StoreOptions, pk: string, begins = ""): Promise<Item[]> {
  const items: Item[] = [];
  const bySort = begins === "" ? "" : " AND begins_with(sk, :sk)";
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: `pk = :pk${bySort}`,
      ExpressionAttributeValues: { ":pk": { S: pk }, ...(begins !== "" && { ":sk": { S: begins } }) },
    },
  );
  for await (const page of pages) items.push(...(page.Items ?? []).map((item) => unmarshallItem(item)));
  return items;
}

/** What becomes of an item: its new content, `remove`, or `keep` where it is as it should be. */
export type Edit = (current: Item | undefined) => Item | "remove" | "keep";

/**
 * Changes one item by one conditional write: it must still be what `edit` saw. Against other writers it is
 * read and edited again, a bounded number of times, so that no update is lost.
 *
 * @throws StoreError `tenant_of_files` where somebody else keeps the item, `too_many_writers`
 */
export async function changeItem(store: StoreOptions, key: Key, edit: Edit): Promise<"done" | "unchanged"> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const current = await getItem(store, key);
    if (current !== undefined && current["owner"] !== RUNTIME_OWNER) throw ownedByOthers(key, current);
    const next = edit(current);
    if (next === "keep" || (next === "remove" && current === undefined)) return "unchanged";
    const item = next === "remove" ? next : stampRuntime({ ...next, ...key });
    if (item !== "remove" && current !== undefined && item["hash"] === current["hash"]) return "unchanged";
    if (await write(store, key, current, item)) return "done";
    await sleep(Math.random() * Math.min(PAUSE * 2 ** attempt, LONGEST_PAUSE));
  }
  throw new StoreError(
    "too_many_writers",
    `${key.pk} ${key.sk} was changed by somebody else ${ATTEMPTS} times in a row: try again`,
  );
}

/** Whether it was written: not where the item is no longer what was seen. */
async function write(
  { client, table }: StoreOptions,
  key: Key,
  current: Item | undefined,
  next: Item | "remove",
): Promise<boolean> {
  const condition =
    current === undefined
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : {
          ConditionExpression: "#owner = :owner AND #hash = :hash",
          ExpressionAttributeNames: { "#owner": "owner", "#hash": "hash" },
          ExpressionAttributeValues: {
            ":owner": { S: RUNTIME_OWNER },
            ":hash": { S: String(current["hash"]) },
          },
        };
  try {
    if (next === "remove")
      await client.send(
        new DeleteItemCommand({ TableName: table, Key: marshallItem({ ...key }), ...condition }),
      );
    else await client.send(new PutItemCommand({ TableName: table, Item: marshallItem(next), ...condition }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function ownedByOthers({ pk, sk }: Key, { owner }: Item): StoreError {
  const id = pk.slice(tenantKey("").length);
  return new StoreError(
    "tenant_of_files",
    `Tenant ${id} is kept by the policy files: the table has ${pk} ${sk} of owner "${String(owner)}", and run time writes those of owner "${RUNTIME_OWNER}" alone; change or remove the tenant's file`,
  );
}

/** What was done, by whom and why. */
export interface AuditEntry {
  readonly tenant: string;
  /** ISO 8601. */
  readonly when: string;
  readonly who: string;
  readonly what: string;
  readonly why: string;
  /** `begun`: it is not known to have come to its end. */
  readonly outcome: "begun" | "done" | "unchanged" | `failed: ${string}`;
}

export const auditKey = (tenant: string): string => `AUDIT#${tenant}`;

/** Does a change with an entry written ahead and completed after: what was done is never without one. */
export async function audited(
  store: StoreOptions,
  tenant: string,
  { what, why }: { readonly what: string; readonly why: string },
  work: () => Promise<"done" | "unchanged">,
): Promise<"done" | "unchanged"> {
  const when = new Date((store.now ?? Date.now)()).toISOString();
  const key = { pk: auditKey(tenant), sk: `${when}#${randomBytes(6).toString("hex")}` };
  const record = (outcome: AuditEntry["outcome"]) =>
    store.client.send(
      new PutItemCommand({
        TableName: store.table,
        Item: marshallItem({
          ...key,
          v: ITEM_VERSION,
          owner: RUNTIME_OWNER,
          tenant,
          when,
          who: store.who,
          what,
          why,
          outcome,
        }),
      }),
    );
  await record("begun");
  try {
    const outcome = await work();
    await record(outcome);
    return outcome;
  } catch (error) {
    const code = error instanceof StoreError ? error.code : (error as Error).name;
    await record(`failed: ${code}`).catch(() => undefined);
    throw error;
  }
}
