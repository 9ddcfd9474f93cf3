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
import { type Pauses, retry } from "../table/back-off.ts";
import {
  chunkSortKey,
  HISTORY_KEY,
  HISTORY_OWNER,
  KEEPER_SORT_KEY,
  LOCK_SORT_KEY,
  versionKey,
  versionSortKey,
} from "./history-keys.ts";

/** A recorded state of a table's file-owned items. */
export interface Version {
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  readonly environment: string;
  /** What made the version: `publish`, `rollback to …`, or `found` for a state that another tool made. */
  readonly made: string;
  /** The commit of the policy files; null if it is not known. */
  readonly commit: string | null;
  /** Whether the files differed from that commit. */
  readonly dirty: boolean;
  readonly items: number;
  /** The {@link hashState} of the items. */
  readonly state: string;
  readonly chunks: number;
}

export type NewVersion = Pick<Version, "environment" | "made" | "commit" | "dirty">;

/** The number of versions that the history keeps. */
const KEPT_VERSIONS = 20;
/** DynamoDB's limit for an item is 400 kB, with the attribute names. */
const CHUNK_BYTES = 390_000;

/** A tenant that a rollback restores is a new one, so its old generation is not recorded. */
const withoutGeneration = ({ generation: _generation, ...item }: Item): Item => item;

/** A table's versions. They are stored in the table itself, so that permission to publish suffices to roll back. */
export class History {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #pauses: Pauses | undefined;

  constructor(client: DynamoDBClient, table: string, pauses?: Pauses) {
    this.#client = client;
    this.#table = table;
    this.#pauses = pauses;
  }

  /**
   * Reads the versions, from the oldest to the newest, whether a publish is running or was interrupted, and who keeps
   * the file-owned items; undefined if nobody has recorded that.
   */
  async read(): Promise<{
    readonly versions: readonly Version[];
    readonly underWay: boolean;
    readonly keeper: string | undefined;
    /** During a restore: who keeps them after it. */
    readonly next: string | undefined;
  }> {
    const items = (await this.#query(HISTORY_KEY)).map(unmarshallItem);
    const find = (sk: string): Item | undefined => items.find((item) => item["sk"] === sk);
    const [lock, keeper] = [find(LOCK_SORT_KEY), find(KEEPER_SORT_KEY)];
    const versions = items.filter((item) => item !== lock && item !== keeper) as unknown as Version[];
    const text = (name: string): string | undefined =>
      typeof keeper?.[name] === "string" ? keeper[name] : undefined;
    return { versions, underWay: lock !== undefined, keeper: text("keeper"), next: text("next") };
  }

  /** Reads the items of a version. @throws if a part of them is missing */
  async items(version: Version): Promise<Item[]> {
    const chunks = await this.#query(versionKey(version.number));
    const parts = chunks.slice(0, version.chunks).map((chunk) => chunk["data"]?.B ?? new Uint8Array());
    const bytes = Buffer.concat(parts);
    const items = JSON.parse(strFromU8(inflateSync(bytes))) as Item[];
    if (hashState(items) !== version.state)
      throw new Error(`Version ${version.number} is damaged: its content does not match the recorded hash`);
    return items;
  }

  /**
   * Records a version and deletes the oldest ones. Writes the content before the version's own item, so that a listed
   * version is complete.
   */
  async record(items: readonly Item[], made: NewVersion, earlier: readonly Version[]): Promise<Version> {
    const number = (earlier.at(-1)?.number ?? 0) + 1;
    const bytes = deflateSync(strToU8(JSON.stringify(items.map(withoutGeneration))));
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
    const outdated = earlier.slice(0, Math.max(0, earlier.length + 1 - KEPT_VERSIONS));
    for (const old of outdated) await this.#deleteVersion(old);
    return version;
  }

  async #deleteVersion({ number, chunks }: Version): Promise<void> {
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
      const page: QueryCommandOutput = await retry(() => this.#client.send(command), this.#pauses);
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
      await retry(() => this.#client.send(command), this.#pauses);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      throw new Error(
        `${item["sk"]?.S ?? "The version"} exists already, because another publish is running: run the command again`,
      );
    }
  }

  async #delete(pk: string, sk: string): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.#table, Key: { pk: { S: pk }, sk: { S: sk } } });
    await retry(() => this.#client.send(command), this.#pauses);
  }
}
