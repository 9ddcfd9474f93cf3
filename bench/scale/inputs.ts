import type { CachingMode } from "../../core/model/layout.ts";
import { environmentReader } from "../../runtime/environment.ts";
import { readTable } from "../../runtime/table/table-config.ts";

/** Who calls, how often and how. */
export interface Traffic {
  /** Requests a second, on average. */
  readonly rate: number;
  /** 0: steady; 0.8: between 0.2 and 1.8 times the average, once in 24 h. */
  readonly dailySwing: number;
  /** Users for each request a second: a hundred make one together. */
  readonly usersPerRate: number;
  /** Never more tenants than this, nor fewer users than ten a tenant. */
  readonly mostTenants: number;
  /** Zipf's exponents: how much busier the first is than the others. */
  readonly tenantExponent: number;
  readonly userExponent: number;
  readonly routeExponent: number;
  /** Pages that a user looks at in a session, on average, and requests that a page makes, within `pageSeconds`. */
  readonly pages: number;
  readonly requestsPerPage: number;
  readonly pageSeconds: number;
  /** Between two pages, on average. */
  readonly thinkSeconds: number;
  /** A token's life; then the user's next request has another. */
  readonly tokenSeconds: number;
}

export const TRAFFIC: Traffic = {
  rate: 1_000,
  dailySwing: 0,
  usersPerRate: 100,
  mostTenants: 1_000,
  tenantExponent: 1,
  userExponent: 0.6,
  routeExponent: 1,
  pages: 10,
  requestsPerPage: 4,
  pageSeconds: 0.3,
  thinkSeconds: 20,
  tokenSeconds: 3_600,
};

/** What a team sets. */
export interface Settings {
  readonly mode: CachingMode;
  /** Terraform's `caching.ttl_seconds`; 0 is `off`. */
  readonly gatewayTtl: number;
  /** Terraform's `authorizer.permissions_ttl_seconds`. */
  readonly lambdaTtl: number;
  readonly memoryMb: number;
  /** Terraform's `authorizer.provisioned_concurrency`. */
  readonly provisioned: number;
}

/** Terraform's defaults, of which those that are the Lambda's own too are read there. */
export const SETTINGS: Settings = {
  mode: "token",
  gatewayTtl: 60,
  lambdaTtl: readTable(environmentReader({})).permissionsTtlSeconds,
  memoryMb: 512,
  provisioned: 0,
};

/** How AWS behaves; nothing of it was measured on AWS. */
export interface Platform {
  /** A call that finds everything in memory, in seconds: some times what a whole core of a developer's machine takes. */
  readonly decideSeconds: number;
  /** A read of the table, one after the other. */
  readonly readSeconds: number;
  /** INIT: Node's own start, the bundle's 240 kB and the catalogue's read begun. */
  readonly initSeconds: number;
  /** The first call besides: the connection to the issuer, its keys, and code that is not yet compiled. */
  readonly firstCallSeconds: number;
  /** An environment without a request ends after this; AWS does not say. */
  readonly idleSeconds: number;
  /** And after this in any case, on average; AWS says "every few hours". */
  readonly lifeSeconds: number;
  /** A decision's line, and Lambda's own START, END and REPORT, in bytes. */
  readonly decisionLineBytes: number;
  readonly platformLinesBytes: number;
  /** A line of the access log, in bytes. */
  readonly accessLineBytes: number;
  /** X-Ray's default sampling, without its first trace a second. */
  readonly tracedShare: number;
}

export const PLATFORM: Platform = {
  decideSeconds: 0.003,
  readSeconds: 0.005,
  initSeconds: 0.25,
  firstCallSeconds: 0.15,
  idleSeconds: 300,
  lifeSeconds: 7_200,
  decisionLineBytes: 500,
  platformLinesBytes: 350,
  accessLineBytes: 700,
  tracedShare: 0.05,
};

/** How much is simulated. */
export interface Effort {
  readonly seed: number;
  /** Above this rate a part of the users is simulated that makes so many requests a second. */
  readonly sampleRate: number;
  /** Simulated seconds that are counted, after as many for warming up; longer where there would be too few requests. */
  readonly countedSeconds: number;
  readonly leastRequests: number;
  /** Calls at the full rate, at once, that concurrency is counted on. */
  readonly concurrencyCalls: number;
}

export const EFFORT: Effort = {
  seed: 1,
  sampleRate: 100,
  countedSeconds: 3_600,
  leastRequests: 100_000,
  concurrencyCalls: 500_000,
};

/** What the tables of docs/scale.md are made with: a few seconds. */
export const SMALL_EFFORT: Effort = {
  seed: 1,
  sampleRate: 5,
  countedSeconds: 3_600,
  leastRequests: 15_000,
  concurrencyCalls: 20_000,
};
