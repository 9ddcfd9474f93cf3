import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { deflateSync, inflateSync, strFromU8, strToU8 } from "fflate";
import { marshallItem, unmarshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { hashState } from "../../core/policy-files/publish/item-state.ts";
import { type Pauses, patiently } from "../table/back-off.ts";
import {
  chunkSortKey,
  HISTORY_KEY,
  HISTORY_OWNER,
  LOCK_SORT_KEY,
  versionKey,
  versionSortKey,
} from "./history-keys.ts";

/** A set of file-owned items that a table has had. */
export interface Version {
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  readonly environment: string;
  /** What made it: `publish`, `rollback to …`, or `found` where somebody else did, such as Terraform. */
  readonly made: string;
  /** The commit of the policy files; null where it is not known. */
  readonly commit: string | null;
  /** Whether the files differed from that commit. */
  readonly dirty: boolean;
  readonly items: number;
  /** {@link hashState} its items. */
  readonly state: string;
  readonly chunks: number;
}

export type NewVersion = Pick<Version, "environment" | "made" | "commit" | "dirty">;

/** Versions that are kept. */
export const KEPT_VERSIONS = 20;
/** An item takes 400 kB, names of attributes included. */
const CHUNK_BYTES = 390_000;

/** A table's versions, kept in the table itself: whoever may publish may roll back, and nothing else is needed. */
export class History {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #pauses: Pauses | undefined;

  constructor(client: DynamoDBClient, table: string, pauses?: Pauses) {
    this.#client = client;
    this.#table = table;
    this.#pauses = pauses;
  }

  /** The versions from the oldest to the newest, and whether a publish is under way or did not come to its end. */
  async read(): Promise<{ readonly versions: readonly Version[]; readonly underWay: boolean }> {
    const items = (await this.#query(HISTORY_KEY)).map(unmarshallItem);
    const versions = items.filter((item) => item["sk"] !== LOCK_SORT_KEY) as unknown as Version[];
    return { versions, underWay: items.length > versions.length };
  }

  /** The items of a version. @throws where a part of it is missing */
  async items(version: Version): Promise<Item[]> {
    const chunks = await this.#query(versionKey(version.number));
    const parts = chunks.slice(0, version.chunks).map((chunk) => chunk["data"]?.B ?? new Uint8Array());
    const bytes = Buffer.concat(parts);
    const items = JSON.parse(strFromU8(inflateSync(bytes))) as Item[];
    if (hashState(items) !== version.state)
      throw new Error(`Version ${version.number} is damaged: its content is not what was recorded`);
    return items;
  }

  /** Records a version, its content first, so that one that is listed is whole; forgets the oldest. */
  async record(items: readonly Item[], made: NewVersion, known: readonly Version[]): Promise<Version> {
    const number = (known.at(-1)?.number ?? 0) + 1;
    const bytes = deflateSync(strToU8(JSON.stringify(items)));
    const chunks = Math.max(1, Math.ceil(bytes.length / CHUNK_BYTES));
    for (let index = 0; index < chunks; index++)
      await this.#put({
        ...marshallItem({ pk: versionKey(number), sk: chunkSortKey(index), owner: HISTORY_OWNER }),
        data: { B: bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES) },
      });
    const version: Version = {
      number,
      at: new Date().toISOString(),
      ...made,
      items: items.length,
      state: hashState(items),
      chunks,
    };
    const key = { pk: HISTORY_KEY, sk: versionSortKey(number), owner: HISTORY_OWNER };
    await this.#put(marshallItem({ ...key, ...version }), "attribute_not_exists(pk)");
    for (const old of known.slice(0, Math.max(0, known.length + 1 - KEPT_VERSIONS))) await this.#forget(old);
    return version;
  }

  async #forget({ number, chunks }: Version): Promise<void> {
    await this.#delete(HISTORY_KEY, versionSortKey(number));
    for (let index = 0; index < chunks; index++) await this.#delete(versionKey(number), chunkSortKey(index));
  }

  async #query(pk: string): Promise<Record<string, AttributeValue>[]> {
    const items: Record<string, AttributeValue>[] = [];
    let from: QueryCommandOutput["LastEvaluatedKey"];
    do {
      const command = new QueryCommand({
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: pk } },
        ExclusiveStartKey: from,
      });
      const page: QueryCommandOutput = await patiently(() => this.#client.send(command), this.#pauses);
      items.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return items;
  }

  async #put(item: Record<string, AttributeValue>, condition?: string): Promise<void> {
    const command = new PutItemCommand({
      TableName: this.#table,
      Item: item,
      ConditionExpression: condition,
    });
    try {
      await patiently(() => this.#client.send(command), this.#pauses);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      throw new Error(
        `${item["sk"]?.S ?? "The version"} is there already: somebody publishes at the same time`,
      );
    }
  }

  async #delete(pk: string, sk: string): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.#table, Key: { pk: { S: pk }, sk: { S: sk } } });
    await patiently(() => this.#client.send(command), this.#pauses);
  }
}
