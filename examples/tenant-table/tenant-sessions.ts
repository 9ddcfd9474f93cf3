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
  /** What a session may do at the most; the function itself has no right to the table. */
  readonly roleArn: string;
  readonly tableArn: string;
}

/** The shortest that STS gives, in seconds. */
const LIFE_SECONDS = 900;
/** Credentials are not used for their last minute. */
const MARGIN_MS = 60_000;
/** Tenants whose credentials a function remembers. */
const REMEMBERED = 200;

/**
 * Gives credentials for one tenant's items, and remembers them while they last. What fails is not remembered.
 *
 * @example const credentialsOf = tenantSessions({ sts: new STSClient({}), roleArn, tableArn });
 */
export function tenantSessions(
  options: TenantSessionOptions,
): (tenantId: string) => Promise<TenantCredentials> {
  const known = new Map<string, TenantCredentials>();
  return async (tenantId) => {
    const remembered = known.get(tenantId);
    if (remembered !== undefined && remembered.expiration.getTime() - MARGIN_MS > Date.now())
      return remembered;
    const credentials = await assume(options, tenantId);
    known.delete(tenantId);
    if (known.size >= REMEMBERED) known.delete(known.keys().next().value ?? "");
    known.set(tenantId, credentials);
    return credentials;
  };
}

/** @throws RangeError for an id that cannot be put into a policy; whatever STS throws */
async function assume(
  { sts, roleArn, tableArn }: TenantSessionOptions,
  tenantId: string,
): Promise<TenantCredentials> {
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName(tenantId),
      DurationSeconds: LIFE_SECONDS,
      Policy: JSON.stringify(tenantPolicy(tableArn, tenantId)),
    }),
  );
  if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken || !given.Expiration)
    throw new Error("STS gave no credentials");
  return {
    accessKeyId: given.AccessKeyId,
    secretAccessKey: given.SecretAccessKey,
    sessionToken: given.SessionToken,
    expiration: given.Expiration,
  };
}

/** For CloudTrail, in the characters and the length that STS takes. */
const sessionName = (tenantId: string): string =>
  `tenant-${tenantId.replace(/[^\w+=,.@-]/g, "-")}`.slice(0, 64);
