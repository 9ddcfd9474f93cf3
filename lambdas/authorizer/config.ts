import { CACHING_MODES, type CachingMode } from "../../core/layout.ts";
import {
  ConfigurationError,
  type Environment,
  type EnvironmentReader,
  environmentReader,
} from "./environment.ts";
import { type IssuerConfig, readIssuers } from "./issuer-config.ts";
import { METRICS, type Metrics } from "./metrics.ts";
import { readUsage, type UsageConfig } from "./usage-keys.ts";

/** Which tokens are trusted. */
export interface TrustConfig {
  readonly issuers: readonly IssuerConfig[];
  /** How far the clocks of issuer and Lambda may differ. */
  readonly clockToleranceSeconds: number;
  /** How long known keys keep working while their issuer cannot be reached. */
  readonly keysStaleSeconds: number;
  /** How old stored keys may be for a start to use them without asking their issuer; 0: they are for outages. */
  readonly storedKeysSeconds: number;
  /** The local stack: issuers on loopback and over http are let pass. */
  readonly local: boolean;
}

/** How the permissions table is reached. */
export interface TableConfig {
  readonly tableName: string;
  readonly region: string;
  /** Undefined: AWS's own for the region. */
  readonly endpoint: string | undefined;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** How old an answer out of the Lambda's memory may be. */
  readonly permissionsTtlSeconds: number;
  /** How much older where the table cannot be read; 0: every such request is a 500. */
  readonly serveStaleSeconds: number;
}

export interface Config {
  /** As Lambda names the function; metrics are told apart by it. */
  readonly functionName: string;
  readonly metrics: Metrics;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly cachingMode: CachingMode;
  readonly trust: TrustConfig;
  readonly table: TableConfig;
  /** Undefined: plans are not enforced. */
  readonly usage: UsageConfig | undefined;
  /** Whether the candidate in the table is decided beside what is live. */
  readonly shadow: boolean;
}

const DAY = 86_400;
const LOG_LEVELS = ["info", "debug"] as const;
const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;

/**
 * Reads the whole configuration from environment variables.
 *
 * @throws ConfigurationError with every problem, and no value
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

function readTrust(read: EnvironmentReader): TrustConfig {
  const local = readLocal(read);
  return {
    local,
    issuers: readIssuers(read, local),
    clockToleranceSeconds: read.seconds("CLOCK_TOLERANCE_SECONDS", { default: 30, max: 300 }),
    keysStaleSeconds: read.seconds("KEYS_STALE_SECONDS", { default: DAY, max: 7 * DAY }),
    storedKeysSeconds: read.seconds("STORED_KEYS_SECONDS", { default: 0, max: DAY }),
  };
}

/** Lambda sets AWS_EXECUTION_ENV itself, so nobody can open a deployed authorizer to local issuers. */
function readLocal(read: EnvironmentReader): boolean {
  const value = read.optional("PORTCULLIS_LOCAL");
  if (value === undefined) return false;
  if (value !== "1") read.report("PORTCULLIS_LOCAL", "must be 1 or absent");
  if (read.optional("AWS_EXECUTION_ENV")?.startsWith("AWS_Lambda"))
    read.report("PORTCULLIS_LOCAL", "must be absent on AWS Lambda");
  return true;
}

export function readTable(read: EnvironmentReader): TableConfig {
  const sessionToken = read.optional("AWS_SESSION_TOKEN");
  return {
    tableName: read.shaped("TABLE_NAME", TABLE_NAME, "a table's name: 3 to 255 of A-Z a-z 0-9 _ . -"),
    region: read.shaped("AWS_REGION", /^[a-z0-9-]{1,32}$/, "a region's name, such as eu-central-1"),
    endpoint: readEndpoint(read),
    credentials: {
      accessKeyId: read.text("AWS_ACCESS_KEY_ID"),
      secretAccessKey: read.text("AWS_SECRET_ACCESS_KEY"),
      ...(sessionToken !== undefined && { sessionToken }),
    },
    permissionsTtlSeconds: read.seconds("PERMISSIONS_TTL_SECONDS", { default: 30, max: 3_600 }),
    serveStaleSeconds: read.seconds("SERVE_STALE_PERMISSIONS_SECONDS", { default: 0, max: 3_600 }),
  };
}

function readEndpoint(read: EnvironmentReader): string | undefined {
  const variable = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"].find(
    (name) => read.optional(name) !== undefined,
  );
  if (variable === undefined) return undefined;
  const endpoint = read.text(variable);
  if (!/^https?:/.test(endpoint) || !URL.canParse(endpoint))
    read.report(variable, "must be an http or https URL");
  return endpoint;
}
