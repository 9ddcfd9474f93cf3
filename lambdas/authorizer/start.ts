import { UnavailableError } from "../../core/errors.ts";
import { type Config, readConfig } from "./config.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { dynamodbClient, dynamodbReader } from "./dynamodb-reader.ts";
import { ConfigurationError, type Environment } from "./environment.ts";
import { type Authorizer, handleRequests } from "./handle-request.ts";
import { readLayoutFile } from "./layout-file.ts";
import type { Log } from "./log.ts";
import { permissionsTable } from "./permissions-table.ts";
import { usageKeys } from "./usage-keys.ts";

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
  const { trust, usage } = config;
  const reader = dynamodbReader(dynamodbClient(config.table), config.table.tableName);
  const ttlSeconds = config.table.permissionsTtlSeconds;
  const table = permissionsTable({ reader, ttlSeconds, now, tenantKeys: usage?.per === "tenant" });
  table.warmUp();
  return createAuthorizer({ trust, layout, table, now, log, usageKeys: usage && usageKeys(usage.secret) });
}

function refuseAll(error: unknown, { now, log }: Surroundings): Authorizer {
  const failure =
    error instanceof UnavailableError
      ? error
      : new UnavailableError("configuration_invalid", "The authorizer cannot start", { cause: error });
  const problems = failure instanceof ConfigurationError ? failure.problems : [failure.message];
  log({ level: "error", message: "configuration", code: failure.code, problems });
  return handleRequests({ layout: null, now, log, decide: () => Promise.reject(failure) });
}
