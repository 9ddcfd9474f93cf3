import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import { tenantPolicy } from "./tenant-policy.ts";

/** Credentials that reach one tenant's items. */
export interface TenantCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface TenantSessionOptions {
  readonly sts: STSClient;
  /** The role whose sessions reach the table; the function itself has no access to it. */
  readonly roleArn: string;
  readonly tableArn: string;
}

/** The shortest session that STS allows, in seconds. */
const SESSION_SECONDS = 900;
/** Credentials are not used in their last minute, in ms. */
const MARGIN_MS = 60_000;
/** The number of tenants whose credentials a function caches. */
const MAX_CACHED = 200;

/**
 * Returns a function that gets credentials for one tenant's items and caches them until they expire. Failures are not
 * cached.
 *
 * @example const getCredentials = tenantSessions({ sts: new STSClient({}), roleArn, tableArn });
 */
export function tenantSessions(
  options: TenantSessionOptions,
): (tenantId: string) => Promise<TenantCredentials> {
  const cache = new Map<string, TenantCredentials>();
  return async (tenantId) => {
    const cached = cache.get(tenantId);
    if (cached !== undefined && cached.expiration.getTime() - MARGIN_MS > Date.now()) return cached;
    const credentials = await assume(options, tenantId);
    cache.delete(tenantId);
    if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value ?? "");
    cache.set(tenantId, credentials);
    return credentials;
  };
}

/** @throws RangeError for an id that a policy cannot contain, and every error of STS */
async function assume(
  { sts, roleArn, tableArn }: TenantSessionOptions,
  tenantId: string,
): Promise<TenantCredentials> {
  const { Credentials: session } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName(tenantId),
      DurationSeconds: SESSION_SECONDS,
      Policy: JSON.stringify(tenantPolicy(tableArn, tenantId)),
    }),
  );
  if (!session?.AccessKeyId || !session.SecretAccessKey || !session.SessionToken || !session.Expiration)
    throw new Error("STS returned no credentials");
  return {
    accessKeyId: session.AccessKeyId,
    secretAccessKey: session.SecretAccessKey,
    sessionToken: session.SessionToken,
    expiration: session.Expiration,
  };
}

/** Names the session for CloudTrail, with the characters and the length that STS accepts. */
const sessionName = (tenantId: string): string =>
  `tenant-${tenantId.replace(/[^\w+=,.@-]/g, "-")}`.slice(0, 64);
