import type { EnvironmentReader } from "../environment.ts";
import { type IssuerConfig, readIssuers } from "./issuer-config.ts";
import { isHostPattern } from "./issuer-hosts.ts";

/** Which tokens are trusted. */
export interface TrustConfig {
  /** The trusted issuers. */
  readonly issuers: readonly IssuerConfig[];
  /** The hosts that issuers of the policy files may have; without any, none of these issuers is trusted. */
  readonly issuerHosts: readonly string[];
  /** How far the clocks of issuer and Lambda may differ, in seconds. */
  readonly clockToleranceSeconds: number;
  /** How long cached keys stay usable while their issuer cannot be reached, in seconds. */
  readonly keysStaleSeconds: number;
  /** The longest fetch of an issuer's discovery document and keys together, in seconds. */
  readonly keysTimeoutSeconds: number;
  /** Whether this is the local stack, which accepts issuers on loopback and over http. */
  readonly local: boolean;
}

const DAY = 86_400;

/**
 * Reads from the environment which tokens are trusted. Problems are reported to the reader.
 *
 * @example
 * import { environmentReader } from "../environment.ts";
 * import { readTrust } from "./trust-config.ts";
 *
 * const issuers = { main: { url: "https://id.example.com", audiences: ["https://api.example.com"] } };
 * const read = environmentReader({ ISSUERS: JSON.stringify(issuers) });
 * const trust = readTrust(read);
 * read.problems; // => []
 * trust.issuers[0]?.algorithms; // => ["RS256"]
 * trust.clockToleranceSeconds; // => 30
 */
export function readTrust(read: EnvironmentReader): TrustConfig {
  const local = readLocal(read);
  const issuerHosts = readHosts(read);
  return {
    local,
    issuerHosts,
    issuers: issuerHosts.length > 0 && hasNoIssuers(read) ? [] : readIssuers(read, local),
    clockToleranceSeconds: read.seconds("CLOCK_TOLERANCE_SECONDS", { default: 30, max: 300 }),
    keysStaleSeconds: read.seconds("KEYS_STALE_SECONDS", { default: DAY, max: 7 * DAY }),
    keysTimeoutSeconds: Math.max(read.seconds("KEYS_TIMEOUT_SECONDS", { default: 3, max: 8 }), 1),
  };
}

const hasNoIssuers = (read: EnvironmentReader): boolean => (read.optional("ISSUERS") ?? "{}") === "{}";

function readHosts(read: EnvironmentReader): readonly string[] {
  const hosts = (read.optional("ISSUER_HOSTS") ?? "").split(",").filter((host) => host !== "");
  if (!hosts.every(isHostPattern))
    read.report(
      "ISSUER_HOSTS",
      "must be hosts separated by commas, such as login.example.com or *.example.com",
    );
  return hosts;
}

/** Reports local mode on AWS, where Lambda sets AWS_EXECUTION_ENV: no setting can open it to local issuers. */
function readLocal(read: EnvironmentReader): boolean {
  const value = read.optional("PORTCULLIS_LOCAL");
  if (value === undefined) return false;
  if (value !== "1") read.report("PORTCULLIS_LOCAL", "must be 1 or absent");
  if (read.optional("AWS_EXECUTION_ENV")?.startsWith("AWS_Lambda"))
    read.report("PORTCULLIS_LOCAL", "must be absent on AWS Lambda");
  return true;
}
