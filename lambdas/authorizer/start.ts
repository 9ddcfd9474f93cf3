import { UnavailableError } from "../../core/errors.ts";
import { type Config, readConfig } from "./config.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { dynamodbClient, dynamodbReader } from "./dynamodb-reader.ts";
import { ConfigurationError, type Environment } from "./environment.ts";
import { type Authorizer, handleRequests } from "./handle-request.ts";
import { readLayoutFile } from "./layout-file.ts";
import type { Log } from "./log.ts";
import { embeddedMetrics } from "./metrics.ts";
import { permissionsTable } from "./permissions-table.ts";

export interface Surroundings {
  readonly env: Environment;
  /** Where `layout.json` is. */
  readonly layoutPath: string;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * The authorizer of a process. A configuration that does not hold is logged once, and every request is
 * then answered with 500: a Lambda that dies at start says less.
 */
export function start(surroundings: Surroundings): Authorizer {
  try {
    return startWith(readConfig(surroundings.env), surroundings);
  } catch (error) {
    return refuseAll(error, surroundings);
  }
}

function startWith(config: Config, { layoutPath, now, log }: Surroundings): Authorizer {
  const layout = readLayoutFile(layoutPath, config.cachingMode);
  const reader = dynamodbReader(dynamodbClient(config.table), config.table.tableName);
  const table = permissionsTable({
    reader,
    ttlSeconds: config.table.permissionsTtlSeconds,
    staleSeconds: config.table.serveStaleSeconds,
    now,
  });
  table.warmUp();
  const metrics = embeddedMetrics(config.functionName);
  return createAuthorizer({ trust: config.trust, layout, table, now, log, metrics });
}

function refuseAll(error: unknown, { now, log }: Surroundings): Authorizer {
  const failure =
    error instanceof UnavailableError
      ? error
      : new UnavailableError("configuration_invalid", "The authorizer cannot start", { cause: error });
  const problems = failure instanceof ConfigurationError ? failure.problems : [failure.message];
  log({ level: "error", message: "configuration", code: failure.code, problems });
  return handleRequests({
    layout: null,
    now,
    log,
    metrics: () => ({}),
    decide: () => Promise.reject(failure),
  });
}
