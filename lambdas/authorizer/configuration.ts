import { CACHING_MODES, type CachingMode } from "../../core/model/layout.ts";
import {
  ConfigurationError,
  type Environment,
  type EnvironmentReader,
  environmentReader,
} from "../../runtime/environment.ts";
import { readTrust, type TrustConfig } from "../../runtime/jwt/trust-config.ts";
import { readTable, type TableConfig } from "../../runtime/table/table-config.ts";
import { METRICS, type Metrics } from "../../runtime/telemetry/metrics.ts";
import { readOrigins } from "./access.ts";
import { readUsage, type UsageConfig } from "./usage-keys.ts";

/** The authorizer's configuration. */
export interface Config {
  /** The Lambda function's name, which is a dimension of all metrics. */
  readonly functionName: string;
  readonly metrics: Metrics;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly cachingMode: CachingMode;
  readonly trust: TrustConfig;
  readonly table: TableConfig;
  /** Undefined when plans are not enforced. */
  readonly usage: UsageConfig | undefined;
  /** For the access route of a REST API. */
  readonly accessOrigins: readonly string[] | null;
  /** Whether the candidate in the table is evaluated alongside the live items. */
  readonly shadow: boolean;
}

const LOG_LEVELS = ["info", "debug"] as const;

/**
 * Reads the whole configuration from environment variables.
 *
 * @throws ConfigurationError with every problem, and without values
 */
export function readConfig(env: Environment): Config {
  const read = environmentReader(env);
  const config = {
    functionName: read.optional("AWS_LAMBDA_FUNCTION_NAME") ?? "authorizer",
    metrics: read.oneOf("METRICS", METRICS, "off"),
    logLevel: read.oneOf("LOG_LEVEL", LOG_LEVELS, "info"),
    cachingMode: read.oneOf("CACHING_MODE", CACHING_MODES),
    trust: readTrust(read),
    table: readTable(read),
    usage: readUsage(read),
    accessOrigins: readOrigins(read),
    shadow: readShadow(read),
  };
  if (read.problems.length > 0) throw new ConfigurationError(read.problems);
  return config;
}

function readShadow(read: EnvironmentReader): boolean {
  const value = read.optional("SHADOW") ?? "off";
  if (value !== "on" && value !== "off") read.report("SHADOW", "must be on, off or absent");
  return value === "on";
}
