import type { CachingMode } from "../core/model/layout.ts";
import priceFile from "./scale-prices.json" with { type: "json" };

export interface ScaleInputs {
  /** Requests per second, on average. */
  readonly rate: number;
  readonly requestsPerVisit: number;
  readonly tokenSeconds: number;
  /** Terraform's `caching.ttl_seconds`. */
  readonly ttlSeconds: number;
}

export const DEFAULT_INPUTS: ScaleInputs = {
  rate: 1_000,
  requestsPerVisit: 40,
  tokenSeconds: 3_600,
  ttlSeconds: 60,
};

/** Assumptions about the API, its callers and AWS; docs/scale.md lists them. */
export const ASSUMED = {
  routesPerGroup: [6, 11],
  requestsPerPage: 4,
  pauseSeconds: 20,
  usersPerRate: 100,
  tenantsPerRate: 10,
  maxTenants: 1_000,
  permissionsTtlSeconds: 30,
  readUnits: { caller: 1.5, tenant: 0.5, catalogue: 1 },
  memoryMb: 512,
  seconds: { decide: 0.003, read: 0.005, coldStart: 0.4, idle: 300, environmentLife: 7_200 },
  logBytesPerCall: 850,
} as const;

const { prices } = priceFile;
const MILLION = 1_000_000;

export type ScaleEstimate = ReturnType<typeof estimateScale>;

/** Estimates counts and US dollars for a million requests, by the formulas of docs/scale.md. */
export function estimateScale(mode: CachingMode, inputs: ScaleInputs) {
  const { seconds, readUnits, memoryMb, logBytesPerCall } = ASSUMED;
  const calls = callsPerRequest(mode, inputs);
  const busy = inputs.rate * calls * (seconds.decide + seconds.read);
  const environments = busy + 4 * Math.sqrt(busy) + 3;
  const misses = functionCacheMisses(inputs, calls, environments);
  const coldStarts = coldStartsPerSecond(inputs, environments) / inputs.rate;
  const reads = Math.max(misses.caller, misses.tenant) + misses.catalogue;
  const units =
    misses.caller * readUnits.caller +
    misses.tenant * readUnits.tenant +
    misses.catalogue * readUnits.catalogue;
  const billed = calls * (seconds.decide + reads * seconds.read) + coldStarts * seconds.coldStart;
  const dollars = {
    lambdaRequests: MILLION * calls * prices.lambdaRequest.usd,
    lambdaTime: MILLION * billed * (memoryMb / 1_024) * prices.lambdaSecondArm64.usd,
    tableReads: MILLION * calls * units * prices.dynamodbReadUnit.usd,
    logs: MILLION * calls * logBytesPerCall * prices.logByte.usd,
  };
  return {
    hitRatio: 1 - calls,
    calls: MILLION * calls,
    readUnits: MILLION * calls * units,
    coldStarts: MILLION * coldStarts,
    ...dollars,
    total: sum(Object.values(dollars)),
  };
}

/** Returns the share of requests that miss API Gateway's cache, and so call the authorizer. */
function callsPerRequest(mode: CachingMode, inputs: ScaleInputs): number {
  const { requestsPerVisit, tokenSeconds, ttlSeconds } = inputs;
  if (mode === "off" || ttlSeconds === 0) return 1;
  const { perPage, pages, seconds } = visitShape(inputs);
  const endRate = 1 / seconds + 1 / tokenSeconds;
  const survives = Math.exp(-endRate * ttlSeconds);
  const continues = (1 - 1 / pages) * (survives + (1 - survives) / tokenSeconds / endRate);
  const entrySeconds = tokenSeconds * (1 - Math.exp(-ttlSeconds / tokenSeconds));
  const visitsPerUser = 1 / (ASSUMED.usersPerRate * requestsPerVisit);
  const callsPerVisit = cacheKeyShares(mode).map((share) => {
    const used = atLeastOnce(atLeastOnce(share, perPage), pages);
    return used / (1 - continues * used) / (1 + visitsPerUser * used * entrySeconds);
  });
  return sum(callsPerVisit) / requestsPerVisit;
}

/** Returns the probability of an event in at least one of a geometric number of trials. */
const atLeastOnce = (probability: number, meanTrials: number): number =>
  (meanTrials * probability) / (meanTrials * probability + 1 - probability);

function visitShape({ requestsPerVisit }: ScaleInputs) {
  const perPage = Math.min(ASSUMED.requestsPerPage, requestsPerVisit);
  const pages = requestsPerVisit / perPage;
  return { perPage, pages, seconds: pages * ASSUMED.pauseSeconds };
}

/** Returns the share of the requests per cache key: a group in mode `token`, a route in mode `route`. */
function cacheKeyShares(mode: CachingMode): readonly number[] {
  const [first, second] = ASSUMED.routesPerGroup;
  const routes = zipfShares(first + second);
  return mode === "route" ? routes : [sum(routes.slice(0, first)), sum(routes.slice(first))];
}

/** Returns the probabilities that a call misses each of the function's own caches. */
function functionCacheMisses(inputs: ScaleInputs, calls: number, environments: number) {
  const { permissionsTtlSeconds: ttl, tenantsPerRate, maxTenants } = ASSUMED;
  const { perPage, seconds } = visitShape(inputs);
  const miss = (callsInTtl: number): number => 1 / (1 + callsInTtl / environments);
  const all = ttl * inputs.rate * calls;
  const tenants = zipfShares(Math.max(1, Math.min(maxTenants, Math.floor(inputs.rate * tenantsPerRate))));
  return {
    caller: miss(calls * (perPage - 1 + (ttl * inputs.requestsPerVisit) / seconds)),
    tenant: sum(tenants.map((share) => share * miss(all * share))),
    catalogue: miss(all),
  };
}

function coldStartsPerSecond(inputs: ScaleInputs, environments: number): number {
  const { idle, environmentLife } = ASSUMED.seconds;
  const visits = inputs.rate / inputs.requestsPerVisit;
  const idleShare = Math.exp(-visits * (idle + visitShape(inputs).seconds - ASSUMED.pauseSeconds));
  return 2 * visits * idleShare + (environments / environmentLife) * (1 - idleShare);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function zipfShares(count: number): number[] {
  const weights = Array.from({ length: count }, (_, index) => 1 / (index + 1));
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}
