import { InternalError } from "../../core/model/errors.ts";
import type { Item } from "../../core/model/items.ts";
import { StoreError } from "../../runtime/table/tenant-store.ts";
import { print, printError } from "../shared/output.ts";
import { progress } from "../shared/progress.ts";
import { awsCaller } from "../table/aws-caller.ts";
import { isTransient } from "../table/back-off.ts";
import { explainTableFailure, tableClient } from "../table/client.ts";
import { flushStage, type StageName } from "../table/flush.ts";
import { MoveError } from "../table/move-error.ts";
import { KeeperError } from "./keeper.ts";
import { LockedError } from "./lock.ts";
import { exitStatus, resultAsJson, resultAsLines } from "./print-result.ts";
import { type PublishOptions, type PublishResult, publishItems } from "./publish-items.ts";
import { TakeoverError } from "./write-items.ts";

export interface PublishRun extends Omit<PublishOptions, "stop" | "report" | "who"> {
  readonly json: boolean;
  readonly flush: StageName | undefined;
  /** Returns lines for the terminal that follow the result. */
  readonly epilogue?: (result: PublishResult) => readonly string[];
}

/** Publishes, shows the progress, prints the result and flushes the stage's cache. Returns the exit status. */
export async function runPublish(wanted: readonly Item[], run: PublishRun): Promise<number> {
  const started = performance.now();
  const client = tableClient();
  const interruption = new AbortController();
  const stop = (): void => {
    printError("\nFinishing the current writes; press Ctrl-C again to stop immediately");
    interruption.abort();
  };
  process.once("SIGINT", stop);
  try {
    const result = await publishItems(client, wanted, {
      ...run,
      stop: interruption.signal,
      report: { begin: progress },
      who: awsCaller,
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
    print(lines);
    return flushed.failure === undefined ? exitStatus(result) : printError(flushed.failure);
  } catch (error) {
    if (!isTransient(error)) throw error;
    const { name, message } = error as Error;
    return printError(
      `${run.table} could not take all writes (${name}: ${message}). What was written stays. Run the same command again to continue where this one stopped`,
    );
  } finally {
    process.off("SIGINT", stop);
    client.destroy();
  }
}

/** Runs work on a table. Prints expected failures, such as those of AWS, as messages without a stack trace. */
export async function withTable(table: string, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const isExpected = [KeeperError, LockedError, StoreError, InternalError, TakeoverError, MoveError].some(
      (kind) => error instanceof kind,
    );
    if (isExpected) return printError((error as Error).message);
    const message = explainTableFailure(error, table);
    if (message === undefined) throw error;
    return printError(message);
  }
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
      `The cache of ${flush.restApiId}/${flush.stageName} was emptied; Lambdas cache for up to 30 s more`,
    ],
  };
}
