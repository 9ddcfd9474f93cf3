import type { EnvironmentReader } from "../environment.ts";
import { type IssuerConfig, readIssuers } from "./issuer-config.ts";

/** Which tokens are trusted. */
export interface TrustConfig {
  readonly issuers: readonly IssuerConfig[];
  /** How far the clocks of issuer and Lambda may differ. */
  readonly clockToleranceSeconds: number;
  /** How long cached keys keep working while their issuer cannot be reached. */
  readonly keysStaleSeconds: number;
  /** Whether this is the local stack, which accepts issuers on loopback and over http. */
  readonly local: boolean;
}

const DAY = 86_400;

/** Reads which tokens are trusted from the environment. */
export function readTrust(read: EnvironmentReader): TrustConfig {
  const local = readLocal(read);
  return {
    local,
    issuers: readIssuers(read, local),
    clockToleranceSeconds: read.seconds("CLOCK_TOLERANCE_SECONDS", { default: 30, max: 300 }),
    keysStaleSeconds: read.seconds("KEYS_STALE_SECONDS", { default: DAY, max: 7 * DAY }),
  };
}

/** Lambda sets AWS_EXECUTION_ENV itself, so no setting can open a deployed authorizer to local issuers. */
function readLocal(read: EnvironmentReader): boolean {
  const value = read.optional("PORTCULLIS_LOCAL");
  if (value === undefined) return false;
  if (value !== "1") read.report("PORTCULLIS_LOCAL", "must be 1 or absent");
  if (read.optional("AWS_EXECUTION_ENV")?.startsWith("AWS_Lambda"))
    read.report("PORTCULLIS_LOCAL", "must be absent on AWS Lambda");
  return true;
}
