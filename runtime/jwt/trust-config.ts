import type { EnvironmentReader } from "../environment.ts";
import { type IssuerConfig, readIssuers } from "./issuer-config.ts";

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

const DAY = 86_400;

export function readTrust(read: EnvironmentReader): TrustConfig {
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
