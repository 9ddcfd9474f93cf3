import { InternalError } from "../../core/model/errors.ts";
import type { Layout } from "../../core/model/layout.ts";
import { ConfigurationError, type Environment } from "../../runtime/environment.ts";
import { createShadow, type Shadow } from "../../runtime/shadow/shadow.ts";
import { shadowReader } from "../../runtime/shadow/shadow-reader.ts";
import { dynamodbClient } from "../../runtime/table/dynamodb-client.ts";
import { dynamodbReader } from "../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../runtime/table/permissions-table.ts";
import { debugLines } from "../../runtime/telemetry/debug-lines.ts";
import { keyRefreshes } from "../../runtime/telemetry/key-refreshes.ts";
import { type Log, printLogLine } from "../../runtime/telemetry/log.ts";
import { embeddedMetrics } from "../../runtime/telemetry/metrics.ts";
import type { TelemetrySink } from "../../runtime/telemetry/telemetry.ts";
import { traces } from "../../runtime/telemetry/trace.ts";
import { type Config, readConfig } from "./configuration.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { type Authorizer, handleRequests } from "./handle-request.ts";
import { layoutFor, readLayoutFile } from "./layout-file.ts";
import { type Handler, withPings } from "./ping.ts";
import { usageKeys } from "./usage-keys.ts";

export interface StartContext {
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
export function start(surroundings: StartContext): Handler {
  try {
    return startWith(...readStartUp(surroundings), surroundings);
  } catch (error) {
    return failAll(error, surroundings);
  }
}

/** Whoever has to mend a start wants to know all of it at once: the environment's problems and the file's. */
function readStartUp({ env, layoutPath }: StartContext): [Config, Layout] {
  const problems: string[] = [];
  const config = collecting(problems, () => readConfig(env));
  const file = collecting(problems, () => readLayoutFile(layoutPath));
  if (config === undefined || file === undefined) throw new ConfigurationError(problems);
  return [config, layoutFor(file, config.cachingMode)];
}

function collecting<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function startWith(config: Config, layout: Layout, { env, now, log }: StartContext): Handler {
  const { trust, usage } = config;
  const reader = dynamodbReader(dynamodbClient(config.table), config.table.tableName);
  const table = permissionsTable({
    reader,
    ttlSeconds: config.table.permissionsTtlSeconds,
    staleSeconds: config.table.serveStaleSeconds,
    now,
    tenantKeys: usage?.per === "tenant",
  });
  table.warmUp();
  const refreshes = keyRefreshes();
  const authorizer = createAuthorizer({
    trust,
    layout,
    table,
    now,
    log,
    shadow: config.shadow ? shadowFor(config, layout, now) : undefined,
    usageKeys: usage && usageKeys(usage.secret),
    metrics: embeddedMetrics({ ...config, refreshes }),
    onKeyRefresh: refreshes.count,
    report: reportsTo(config.logLevel === "debug" ? [debugLines(log), traces(env)] : [traces(env)]),
  });
  return withPings(authorizer, table.catalogue);
}

/** With a client of its own: what the candidate's reads come to is not to be felt by the live ones. */
function shadowFor({ table: config }: Config, layout: Layout, now: () => number): Shadow {
  const reader = shadowReader(dynamodbReader(dynamodbClient(config), config.tableName), layout);
  const table = permissionsTable({ reader, ttlSeconds: config.permissionsTtlSeconds, now });
  table.warmUp();
  return createShadow({ ...table, candidate: reader.candidate });
}

const reportsTo =
  (reports: readonly TelemetrySink[]): TelemetrySink =>
  (decided) => {
    for (const report of reports) report(decided);
  };

function failAll(error: unknown, { now, log }: StartContext): Authorizer {
  const failure =
    error instanceof InternalError
      ? error
      : new InternalError("configuration_invalid", "The authorizer cannot start", { cause: error });
  const problems = failure instanceof ConfigurationError ? failure.problems : [failure.message];
  log(printLogLine({ level: "error", message: "configuration", code: failure.code, problems }));
  return handleRequests({
    layout: null,
    now,
    log,
    metrics: () => undefined,
    report: () => undefined,
    decide: () => Promise.reject(failure),
  });
}
