import { createHash } from "node:crypto";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { type Log, printLogLine } from "../../runtime/telemetry/log.ts";
import type { ObjectStore } from "./object-store.ts";

/** The part of a stream's record that is read. */
interface StreamRecord {
  readonly dynamodb?: {
    readonly SequenceNumber?: string;
    readonly NewImage?: Readonly<Record<string, unknown>>;
  };
}

/** A batch of the table's stream: new entries of the history alone, because Lambda filters it. */
export interface StreamEvent {
  readonly Records: readonly StreamRecord[];
}

/** From which record on Lambda must send the batch again; none if all entries are exported. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export type HistoryExport = (event: StreamEvent) => Promise<BatchResponse>;

/**
 * Creates a function that writes each entry of the history as an object. The key is made of the entry's own, so that a
 * record that is delivered again is not written again. It stops at the first failure, and Lambda sends this record and
 * all after it again.
 *
 * @example
 * import { historyExport } from "./history-export.ts";
 *
 * const written: string[] = [];
 * const store = { put: async (key: string) => void written.push(key) };
 * const item = { pk: { S: "AUDIT#acme" }, sk: { S: "2026-12-01T10:00:00.000Z#0a1b" } };
 * const exportBatch = historyExport({ store, log: () => undefined });
 * await exportBatch({ Records: [{ dynamodb: { SequenceNumber: "1", NewImage: item } }] });
 * written; // => ["AUDIT~23acme/2026-12-01T10~3A00~3A00.000Z~230a1b.json"]
 */
export const historyExport =
  ({ store, log }: { readonly store: ObjectStore; readonly log: Log }): HistoryExport =>
  async ({ Records }) => {
    for (const [index, { dynamodb = {} }] of Records.entries()) {
      try {
        const entry = readEntry(dynamodb.NewImage);
        await store.put(objectKey(entry), JSON.stringify(entry));
      } catch (error) {
        const { code, name } = error as Error & { readonly code?: unknown };
        log(
          printLogLine({
            level: "error",
            message: "export",
            code: "export_failed",
            cause: typeof code === "string" ? code : name,
            exported: index,
            left: Records.length - index,
          }),
        );
        // Without a sequence number the whole batch fails.
        return { batchItemFailures: [{ itemIdentifier: dynamodb.SequenceNumber ?? "" }] };
      }
    }
    log(printLogLine({ level: "info", message: "export", exported: Records.length }));
    return { batchItemFailures: [] };
  };

type Entry = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

function readEntry(image: Readonly<Record<string, unknown>> | undefined): Entry {
  const { pk, sk, ...entry } = unmarshallItem(image ?? {});
  if (typeof pk !== "string" || typeof sk !== "string") throw new TypeError("The record has no new image");
  return { pk, sk, ...entry };
}

/** Returns the key of an entry's object, of characters that no client escapes, and another one for each entry. */
const objectKey = ({ pk, sk }: Entry): string => `${shortened(plain(pk))}/${plain(sk)}.json`;

/** S3 accepts keys of 1,024 bytes. This leaves room for the sort key. */
const LONGEST_PARTITION = 800;

/** Replaces the end of a long partition key by a hash of the whole. No other key has `~-`, because hex follows a `~`. */
const shortened = (key: string): string =>
  key.length <= LONGEST_PARTITION
    ? key
    : `${key.slice(0, LONGEST_PARTITION)}~-${createHash("sha256").update(key).digest("hex")}`;

const plain = (part: string): string =>
  [...Buffer.from(part)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._-]/.test(character)
        ? character
        : `~${byte.toString(16).padStart(2, "0").toUpperCase()}`;
    })
    .join("");
