import { isPlainText } from "../../core/decision/claims.ts";
import { clientSortKey, memberSortKey, readMembership } from "../../core/decision/memberships.ts";
import { InternalError } from "../../core/model/errors.ts";
import { type Item, readGeneration, readTenant, TENANT_SORT_KEY, tenantKey } from "../../core/model/items.ts";
import type { ItemReader } from "../../runtime/table/dynamodb-reader.ts";
import { type Log, printLogLine } from "../../runtime/telemetry/log.ts";
import { isMachine, TENANT_CLAIM, type TokenEvent, withClaims } from "./with-claims.ts";

/** The Lambda's handler: returns the event with the tokens' claims, or throws, and then the user gets no token. */
export type TokenTrigger = (event: TokenEvent) => Promise<TokenEvent>;

/** What a trigger needs. */
export interface TokenTriggerParts {
  /** The pool's name in `policies/issuers.yaml`. */
  readonly issuer: string;
  readonly reader: ItemReader;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** Who gets a token for a tenant: a user, whose attribute names it, or a machine, which names it itself. */
interface TokenHolder {
  readonly tenant: string;
  readonly subject: string;
  /** The sort key of the holder's membership in the tenant. */
  readonly sortKey: string;
}

/** The error's message, which contains no details because Cognito shows it to clients. */
const MESSAGE = "Nobody can be signed in at the moment";

/** Rejects every event. */
export const rejectAll: TokenTrigger = () => Promise.reject(new Error(MESSAGE));

/**
 * Creates a trigger that adds tenant and roles to the tokens of users and machines. It changes nothing for users without
 * a tenant, and for machines without a membership in the tenant that they name. If the memberships cannot be read, there
 * is no token.
 */
export function tokenTrigger({ issuer, reader, now, log }: TokenTriggerParts): TokenTrigger {
  return async (event) => {
    const startedAt = now();
    const logToken = (fields: Readonly<Record<string, unknown>>): void =>
      log(
        printLogLine({
          message: "token",
          trigger: event.triggerSource,
          ...fields,
          durationMs: now() - startedAt,
        }),
      );
    try {
      const holder = readHolder(event, issuer);
      if (holder === undefined) {
        logToken({ level: "info" });
        return event;
      }
      const { tenant, subject } = holder;
      const roles = await readRoles(holder, reader, startedAt / 1_000);
      logToken({ level: "info", tenantId: tenant, userId: subject, memberships: roles });
      // Only a membership lets a machine name a tenant.
      return isMachine(event) && roles.length === 0 ? event : withClaims(event, tenant, roles);
    } catch (error) {
      logToken({ level: "error", ...failureFields(error) });
      throw new Error(MESSAGE, { cause: error });
    }
  };
}

/**
 * Returns undefined for a user without a tenant, and for a machine that names none.
 *
 * @throws InternalError `configuration_invalid` for event version 1, whose response changes ID tokens only
 */
function readHolder(event: TokenEvent, issuer: string): TokenHolder | undefined {
  const { version, request, callerContext } = event;
  if (version !== "2" && version !== "3")
    throw new InternalError(
      "configuration_invalid",
      "The user pool sends an unsupported version of the event: set the trigger's version to V3_0",
    );
  const [tenant, subject, sortKey] = isMachine(event)
    ? [request.clientMetadata?.["tenant"], callerContext.clientId, clientSortKey]
    : [request.userAttributes?.[TENANT_CLAIM], request.userAttributes?.["sub"], memberSortKey];
  return isPlainText(tenant) && isPlainText(subject)
    ? { tenant, subject, sortKey: sortKey(issuer, subject) }
    : undefined;
}

/** Returns the roles that the membership in the tenant of now gives. @throws InternalError when it cannot be read */
async function readRoles(
  { tenant, sortKey }: TokenHolder,
  reader: ItemReader,
  at: number,
): Promise<string[]> {
  const pk = tenantKey(tenant);
  const items = await reader.items([
    { pk, sk: TENANT_SORT_KEY },
    { pk, sk: sortKey },
  ]);
  const found = items.find(isTenant);
  if (found === undefined || readTenant(found).id !== tenant) return [];
  const generation = readGeneration(found);
  return items
    .filter((item) => !isTenant(item))
    .map(readMembership)
    .filter((membership) => membership.generation === generation)
    .flatMap(({ roles }) => roles)
    .filter(({ until }) => until === null || until > at)
    .map(({ role }) => role);
}

const isTenant = ({ sk }: Item): boolean => sk === TENANT_SORT_KEY;

/** Logs only our own messages, which name items and fields and contain no value. A foreign one may contain anything. */
function failureFields(error: unknown): Record<string, unknown> {
  return error instanceof InternalError
    ? { code: error.code, detail: error.message }
    : { code: "internal_error", cause: error instanceof Error ? error.name : undefined };
}
