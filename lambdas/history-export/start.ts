import { ConfigurationError, type Environment, environmentReader } from "../../runtime/environment.ts";
import { readAws } from "../../runtime/table/table-config.ts";
import { type Log, printLogLine } from "../../runtime/telemetry/log.ts";
import { type HistoryExport, historyExport } from "./history-export.ts";
import { objectStore } from "./object-store.ts";

/** What a process gives the function at its cold start. */
export interface ExportContext {
  readonly env: Environment;
  readonly log: Log;
}

/** Creates the function of a process. @throws ConfigurationError, so that Lambda keeps the batch and tries again */
export function start({ env, log }: ExportContext): HistoryExport {
  try {
    return historyExport({ store: objectStore(readConfig(env)), log });
  } catch (error) {
    const problems = error instanceof ConfigurationError ? error.problems : [];
    log(printLogLine({ level: "error", message: "configuration", code: "configuration_invalid", problems }));
    throw error;
  }
}

function readConfig(env: Environment): Parameters<typeof objectStore>[0] {
  const read = environmentReader(env);
  const config = {
    bucket: read.matching("BUCKET", /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "a bucket's name without dots"),
    ...readAws(read, "S3"),
  };
  if (read.problems.length > 0) throw new ConfigurationError(read.problems);
  return config;
}
