import { InternalError } from "../../core/model/errors.ts";
import type { Item } from "../../core/model/items.ts";
import { StoreError } from "../../runtime/table/tenant-store.ts";
import { explainTableFailure, tableClient } from "../table/client.ts";
import { flushStage, type StageName } from "../table/flush.ts";
import { LockedError } from "./lock.ts";
import { resultAsJson, resultAsLines, statusOf } from "./print-result.ts";
import { progressBars } from "./progress-bar.ts";
import { type PublishOptions, type PublishResult, publishItems } from "./publish-items.ts";

export interface PublishRun extends Omit<PublishOptions, "stop" | "report"> {
  readonly json: boolean;
  readonly flush: StageName | undefined;
  /** Lines for the terminal behind the result's own. */
  readonly epilogue?: (result: PublishResult) => readonly string[];
}

/** Publishes as a command: progress, interruption, the result in words or JSON, the stage's cache, the exit status. */
export async function runPublish(wanted: readonly Item[], run: PublishRun): Promise<number> {
  const started = performance.now();
  const client = tableClient();
  const interruption = new AbortController();
  const stop = (): void => {
    process.stderr.write("\nFinishing the writes under way; once more to stop at once\n");
    interruption.abort();
  };
  process.once("SIGINT", stop);
  try {
    const result = await publishItems(client, wanted, {
      ...run,
      stop: interruption.signal,
      report: progressBars(),
    });
    const seconds = Math.round(performance.now() - started) / 1_000;
    const flushed = await flushAfter(result, run);
    const lines = run.json
      ? [
          JSON.stringify(
            { table: run.table, ...resultAsJson(result, seconds), flushed: flushed.done },
            null,
            2,
          ),
        ]
      : [...resultAsLines(result, run.table, seconds), ...(run.epilogue?.(result) ?? []), ...flushed.lines];
    process.stdout.write(`${lines.join("\n")}\n`);
    if (flushed.failure !== undefined) process.stderr.write(`${flushed.failure}\n`);
    return flushed.failure === undefined ? statusOf(result) : 1;
  } finally {
    process.off("SIGINT", stop);
    client.destroy();
  }
}

/** Tells what AWS or another publisher stands in the way with, instead of a stack. */
export async function withTable(table: string, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const isTold = [LockedError, StoreError, InternalError].some((kind) => error instanceof kind);
    if (isTold) return complain((error as Error).message);
    const message = explainTableFailure(error, table);
    if (message === undefined) throw error;
    return complain(message);
  }
}

function complain(message: string): number {
  process.stderr.write(`${message}\n`);
  return 1;
}

interface Flushed {
  readonly done: boolean;
  readonly failure?: string;
  readonly lines: readonly string[];
}

async function flushAfter({ outcome }: PublishResult, { flush, dryRun }: PublishRun): Promise<Flushed> {
  if (flush === undefined || dryRun || outcome === "rejected" || outcome === "interrupted")
    return { done: false, lines: [] };
  const failure = await flushStage(flush);
  if (failure !== undefined) return { done: false, failure, lines: [] };
  return {
    done: true,
    lines: [
      `The cache of ${flush.restApiId}/${flush.stageName} is empty; Lambdas remember for up to 30 s more`,
    ],
  };
}
