import { InternalError } from "../../core/model/errors.ts";
import type { Layout } from "../../core/model/layout.ts";
import { ConfigurationError, type Environment, environmentReader } from "../../runtime/environment.ts";
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
import { createAccess, handleAccess, type LambdaContext, readOrigins, withAccess } from "./access.ts";
import { type Config, readConfig } from "./configuration.ts";
import { type AuthorizerParts, createAuthorizer } from "./create-authorizer.ts";
import { createDecider } from "./create-decider.ts";
import { DECISION_DEADLINE, handleRequests } from "./handle-request.ts";
import { type LayoutFile, layoutFor, readLayoutFile } from "./layout-file.ts";
import { withPings } from "./ping.ts";
import { usageKeys } from "./usage-keys.ts";

/** What a process gives the authorizer at its cold start. */
export interface StartContext {
  readonly env: Environment;
  /** The path of `layout.json`. */
  readonly layoutPath: string;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** The function that Lambda calls. */
export type Handler = (event: unknown, context: LambdaContext) => Promise<unknown>;

/**
 * Creates the authorizer of a process. An invalid configuration is logged once, and then every request is a 500 with a
 * log line. A Lambda that crashes at its cold start would log less.
 */
export function start(context: StartContext): Handler {
  try {
    return startWith(...readStartUp(context), context);
  } catch (error) {
    return failAll(error, context);
  }
}

/** Reads environment and layout, and reports the problems of both together. */
function readStartUp({ env, layoutPath }: StartContext): [Config, LayoutFile, Layout] {
  const problems: string[] = [];
  const config = collectProblems(problems, () => readConfig(env));
  const file = collectProblems(problems, () => readLayoutFile(layoutPath));
  if (config === undefined || file === undefined) throw new ConfigurationError(problems);
  return [config, file, layoutFor(file, config.cachingMode)];
}

function collectProblems<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function startWith(
  config: Config,
  { access }: LayoutFile,
  layout: Layout,
  { env, now, log }: StartContext,
): Handler {
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
  const parts: AuthorizerParts = {
    trust,
    layout,
    table,
    now,
    log,
    shadow: config.shadow ? startShadow(config, layout, now) : undefined,
    usageKeys: usage && usageKeys(usage.secret),
    metrics: embeddedMetrics({ ...config, refreshes }),
    onKeyRefresh: refreshes.count,
    telemetrySink: combineSinks(config.logLevel === "debug" ? [debugLines(log), traces(env)] : [traces(env)]),
  };
  const decider = createDecider(parts);
  const answerAccess = access && createAccess(parts, decider, access, config.accessOrigins);
  return withAccess(withPings(createAuthorizer(parts, decider), table.catalogue), answerAccess);
}

/** Creates the shadow with its own client, so that the candidate's reads cannot slow down the live ones. */
function startShadow({ table: config }: Config, layout: Layout, now: () => number): Shadow {
  const reader = shadowReader(dynamodbReader(dynamodbClient(config), config.tableName), layout);
  const table = permissionsTable({ reader, ttlSeconds: config.permissionsTtlSeconds, now });
  table.warmUp();
  return createShadow({ ...table, candidate: reader.candidate });
}

const combineSinks =
  (sinks: readonly TelemetrySink[]): TelemetrySink =>
  (decided) => {
    for (const sink of sinks) sink(decided);
  };

function failAll(error: unknown, { env, layoutPath, now, log }: StartContext): Handler {
  const failure =
    error instanceof InternalError
      ? error
      : new InternalError("configuration_invalid", "The authorizer cannot start", { cause: error });
  const problems = failure instanceof ConfigurationError ? failure.problems : [failure.message];
  log(printLogLine({ level: "error", message: "configuration", code: failure.code, problems }));
  const fail = () => Promise.reject(failure);
  const authorizer = handleRequests({
    layout: null,
    now,
    log,
    metrics: () => undefined,
    telemetrySink: () => undefined,
    decide: fail,
  });
  const access = handleAccess({
    describe: fail,
    settings: collectProblems([], () => readLayoutFile(layoutPath))?.access ?? { path: "/", errors: null },
    origins: readOrigins(environmentReader(env)),
    tenantSelector: null,
    deadline: DECISION_DEADLINE,
    now,
    log,
  });
  return withAccess(authorizer, access);
}
