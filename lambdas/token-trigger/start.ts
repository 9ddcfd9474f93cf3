import { ConfigurationError, type Environment, environmentReader } from "../../runtime/environment.ts";
import { dynamodbClient } from "../../runtime/table/dynamodb-client.ts";
import { dynamodbReader } from "../../runtime/table/dynamodb-reader.ts";
import { readTable, type TableConfig } from "../../runtime/table/table-config.ts";
import { type Log, printLogLine } from "../../runtime/telemetry/log.ts";
import { rejectAll, type TokenTrigger, tokenTrigger } from "./token-trigger.ts";

/** What a process gives the trigger at its cold start. */
export interface TriggerContext {
  readonly env: Environment;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

interface Config {
  readonly table: TableConfig;
  /** The pool's name in `policies/issuers.yaml`, which is part of the memberships' keys. */
  readonly issuer: string;
}

/** Creates the trigger of a process. With an invalid configuration it rejects every event, so no one gets a token. */
export function start({ env, now, log }: TriggerContext): TokenTrigger {
  try {
    const { table, issuer } = readConfig(env);
    return tokenTrigger({
      issuer,
      reader: dynamodbReader(dynamodbClient(table), table.tableName),
      now,
      log,
    });
  } catch (error) {
    const problems = error instanceof ConfigurationError ? error.problems : [];
    log(printLogLine({ level: "error", message: "configuration", code: "configuration_invalid", problems }));
    return rejectAll;
  }
}

/** Reads the configuration. @throws ConfigurationError with every problem, and without values */
function readConfig(env: Environment): Config {
  const read = environmentReader(env);
  const config = { table: readTable(read), issuer: read.required("ISSUER") };
  if (read.problems.length > 0) throw new ConfigurationError(read.problems);
  return config;
}
