import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { NO_LOG_LINE } from "../../core/policy-files/explain/logged.ts";
import { type LogRecord, readLogRecord } from "../../core/policy-files/replay/log-record.ts";
import { type Flag, UsageError } from "../shared/flags.ts";
import { progress } from "../shared/progress.ts";
import { requireFile } from "../shared/require-file.ts";

export const LOG_FLAG = {
  type: "string",
  multiple: true,
  default: [] as string[],
  value: "FILE",
  about: "A file with log lines (- is standard input).",
  example: "access.ndjson",
} as const satisfies Flag;

/**
 * Reads the lines of `--log` files, where `-` is standard input.
 *
 * @throws UsageError if a file does not exist, or no file has a log line
 */
export async function readLog(paths: readonly string[]): Promise<LogRecord[]> {
  if (paths.length === 0) throw new UsageError("--log is missing: name a file with log lines");
  const records = await readLines("log", paths, readLogRecord);
  if (records.every(({ kind }) => kind === "other")) throw new UsageError(`--log: ${NO_LOG_LINE}`);
  return records;
}

/** Reads the lines of files that a flag names, where `-` is standard input. @throws UsageError if one does not exist */
export async function readLines<Read>(
  flag: string,
  paths: readonly string[],
  read: (line: string) => Read,
): Promise<Read[]> {
  for (const path of paths) if (path !== "-") requireFile(flag, path);
  const records: Read[] = [];
  const tick = progress("lines read");
  for (const path of paths) {
    const input = path === "-" ? process.stdin : createReadStream(path);
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      tick();
      if (line.trim() !== "") records.push(read(line));
    }
  }
  return records;
}

/** Reads `--log` values that are lines themselves, or files. @throws UsageError if a file does not exist */
export async function readLogLines(values: readonly string[]): Promise<LogRecord[]> {
  const isLine = (value: string): boolean => value.includes("{") && !existsSync(value);
  const lines = values.filter(isLine).flatMap((value) => value.split("\n"));
  const files = values.filter((value) => !isLine(value));
  const records = lines.filter((line) => line.trim() !== "").map(readLogRecord);
  return files.length === 0 ? records : [...records, ...(await readLog(files))];
}
