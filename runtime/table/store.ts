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
import { foldId } from "../../core/model/identifier.ts";
import { ITEM_VERSION, type Item, TENANT_PREFIX, withoutUndefined } from "../../core/model/items.ts";
import { RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import { digest } from "../../core/policy-files/source/digest.ts";
import type { RecordedChange, SingleChange } from "./recorded-change.ts";
import { StoreError } from "./store-error.ts";

/** Which table is changed, and who changes it. */
export interface StoreOptions {
  /** The AWS SDK's client, with the right to read and write the table. */
  readonly client: DynamoDBClient;
  /** The permissions table's name. */
  readonly table: string;
  /** Who makes the changes, for the audit: for example the AWS caller's ARN. */
  readonly who: string;
  /** Returns the time in ms since 1970; the default is the machine's clock. */
  readonly now?: () => number;
}

/** The most attempts of one change while other writers change the same item. */
const ATTEMPTS = 12;
/** Pauses between attempts, in ms. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 640;

/** Adds version, owner and hash to an item's content. The next writer's condition compares the hash. */
export function stampRuntime(content: Item): Item {
  const present = withoutUndefined(content);
  return { ...present, v: ITEM_VERSION, owner: RUNTIME_OWNER, hash: digest(present) };
}

/** An item's primary key. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Reads one item, strongly consistent. */
export async function getItem({ client, table }: StoreOptions, key: Key): Promise<Item | undefined> {
  const command = new GetItemCommand({
    TableName: table,
    Key: marshallItem({ ...key }),
    ConsistentRead: true,
  });
  const { Item } = await client.send(command);
  return Item && unmarshallItem(Item);
}

/**
 * Reads a partition's items in the order of their sort keys, strongly consistent.
 *
 * @param prefix returns only items whose sort keys begin with it; the default is all items
 */
export async function queryItems({ client, table }: StoreOptions, pk: string, prefix = ""): Promise<Item[]> {
  const items: Item[] = [];
  const sortCondition = prefix === "" ? "" : " AND begins_with(sk, :sk)";
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: `pk = :pk${sortCondition}`,
      ExpressionAttributeValues: { ":pk": { S: pk }, ...(prefix !== "" && { ":sk": { S: prefix } }) },
    },
  );
  for await (const page of pages) items.push(...(page.Items ?? []).map((item) => unmarshallItem(item)));
  return items;
}

/** Returns an item's new content, `remove` to delete it, or `keep` to leave it as it is. */
export type Edit = (current: Item | undefined) => Item | "remove" | "keep";

/**
 * Changes one item by one conditional write, which succeeds only if the item is still what `edit` received. If another
 * writer has changed it, the item is read and edited again, at most {@link ATTEMPTS} times. So no update is lost.
 *
 * @throws StoreError `tenant_of_files` when the item has another owner than `runtime`
 * @throws StoreError `too_many_writers` after the last attempt
 */
export async function changeItem(store: StoreOptions, key: Key, edit: Edit): Promise<"done" | "unchanged"> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const current = await getItem(store, key);
    checkOwner(key, current);
    const next = edit(current);
    if (next === "keep" || (next === "remove" && current === undefined)) return "unchanged";
    const item = next === "remove" ? next : stampRuntime({ ...next, ...key });
    if (item !== "remove" && current !== undefined && item["hash"] === current["hash"]) return "unchanged";
    if (await writeIfUnchanged(store, key, current, item)) return "done";
    await sleep(Math.random() * Math.min(FIRST_PAUSE * 2 ** attempt, LONGEST_PAUSE));
  }
  throw new StoreError(
    "too_many_writers",
    `Other writers changed ${key.pk} ${key.sk} ${ATTEMPTS} times in a row: try again`,
  );
}

/** Writes or removes an item. Returns false when the item is no longer `current`. */
async function writeIfUnchanged(
  { client, table }: StoreOptions,
  key: Key,
  current: Item | undefined,
  next: Item | "remove",
): Promise<boolean> {
  const condition = isUnchanged(current);
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

/** Returns the condition that an item is still what was read, or is still absent. */
export const isUnchanged = (current: Item | undefined) =>
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

/** Checks that an item may be changed at run time. @throws StoreError `tenant_of_files` */
export function checkOwner({ pk, sk }: Key, current: Item | undefined): void {
  if (current === undefined || current["owner"] === RUNTIME_OWNER) return;
  const { owner } = current;
  const id = pk.slice(TENANT_PREFIX.length);
  throw new StoreError(
    "tenant_of_files",
    `Tenant ${id} belongs to the policy files: the item ${pk} ${sk} has the owner "${String(owner)}", and only items with the owner "${RUNTIME_OWNER}" can be changed at run time; change or remove the tenant's file`,
  );
}

/** One change in the history of a tenant or an issuer: what was done, when, by whom and why. */
export interface AuditEntry {
  /** The tenant; absent for a change of an issuer. */
  readonly tenant?: string;
  /** The issuer; absent for a change of a tenant. */
  readonly issuer?: string;
  /** When the change began, in ISO 8601. */
  readonly when: string;
  readonly who: string;
  readonly what: string;
  readonly why: string;
  /** `begun` means that it is not known whether the change was completed. */
  readonly outcome: "begun" | "done" | "unchanged" | `failed: ${string}`;
  /** What a restore of the table makes again; absent in entries of earlier versions. */
  readonly change?: RecordedChange;
}

/** What the keys of all histories' partitions begin with. */
export const AUDIT_PREFIX = "AUDIT";

/** Returns the partition of a tenant's history, which all spellings of its id share. */
export const auditKey = (tenant: string): string => `${AUDIT_PREFIX}#${foldId(tenant)}`;

/** The last part of the sort key of an entry that completes another. */
const OUTCOME = "#outcome";

/** Returns the partition of an issuer's history, which no tenant's history has, whatever the tenant's id. */
export const issuerAuditKey = (issuer: string): string => `${AUDIT_PREFIX}-ISSUER#${issuer}`;

/**
 * Makes a change and records it in the history of the tenant or the issuer. An entry is written before the change and
 * another one after it, so no change is without an entry. Each is written only if its key is free, so no entry can be overwritten.
 *
 * @param change is recorded with both entries, so that a restore of the table can make the change again
 * @param work makes the change; it may describe the change more exactly than `what`
 */
export async function withAudit(
  store: StoreOptions,
  subject: string | { readonly issuer: string },
  { what, why, change }: { readonly what: string; readonly why: string; readonly change: RecordedChange },
  work: (describe: (what: string) => void) => Promise<"done" | "unchanged">,
): Promise<"done" | "unchanged"> {
  const begun = auditItem(store, subject, { what, why, change, outcome: "begun" });
  let described = what;
  const record = (outcome: AuditEntry["outcome"]) =>
    store.client.send(
      new PutItemCommand({
        TableName: store.table,
        ConditionExpression: "attribute_not_exists(pk)",
        Item: marshallItem({
          ...begun,
          sk: outcome === "begun" ? begun["sk"] : String(begun["sk"]) + OUTCOME,
          what: described,
          outcome,
        }),
      }),
    );
  await record("begun");
  try {
    const outcome = await work((exact) => {
      described = exact;
    });
    await record(outcome);
    return outcome;
  } catch (error) {
    const code = error instanceof StoreError ? error.code : (error as Error).name;
    await record(`failed: ${code}`).catch(() => undefined);
    throw error;
  }
}

/** Returns a new entry of the history of a tenant or an issuer, with a key that no other entry has. */
export function auditItem(
  { who, now = Date.now }: StoreOptions,
  subject: string | { readonly issuer: string },
  { change, ...entry }: Pick<AuditEntry, "what" | "why" | "outcome"> & { readonly change: RecordedChange },
): Item {
  const when = new Date(now()).toISOString();
  const [pk, named] =
    typeof subject === "string"
      ? [auditKey(subject), { tenant: subject }]
      : [issuerAuditKey(subject.issuer), subject];
  return {
    ...{ pk, sk: `${when}#${randomBytes(12).toString("hex")}`, v: ITEM_VERSION, owner: RUNTIME_OWNER },
    ...named,
    ...{ when, who, ...entry, change: writeChange(change) },
  };
}

/** The changes of an import are stored as JSON, because as many attributes they would double its writes. */
const writeChange = (change: RecordedChange): Item =>
  change.kind === "import"
    ? { kind: change.kind, changes: JSON.stringify(change.changes) }
    : withoutUndefined(change);

function readChange(change: RecordedChange): RecordedChange {
  if (change.kind !== "import") return change;
  return { kind: change.kind, changes: JSON.parse(String(change.changes)) as SingleChange[] };
}

/** Returns the history's entries, from the oldest to the newest: each begun change with its outcome. */
export function readAudit(items: readonly Item[]): AuditEntry[] {
  const byKey = new Map<string, Item>();
  for (const item of items) {
    const sk = String(item["sk"]);
    const isOutcome = sk.endsWith(OUTCOME);
    const key = `${String(item["pk"])} ${isOutcome ? sk.slice(0, -OUTCOME.length) : sk}`;
    if (isOutcome || !byKey.has(key)) byKey.set(key, item);
  }
  return [...byKey.values()]
    .map((item) => {
      const { tenant, issuer, when, who, what, why, outcome, change } = item as unknown as AuditEntry;
      return {
        ...(tenant !== undefined && { tenant }),
        ...(issuer !== undefined && { issuer }),
        ...{ when, who, what, why, outcome },
        ...(change !== undefined && { change: readChange(change) }),
      };
    })
    .sort((a, b) => (a.when < b.when ? -1 : Number(a.when > b.when)));
}
