import { isPlainText } from "../../core/decision/claims.ts";
import { memberSortKey, readMembership } from "../../core/decision/memberships.ts";
import { InternalError } from "../../core/model/errors.ts";
import { type Item, readGeneration, readTenant, TENANT_SORT_KEY, tenantKey } from "../../core/model/items.ts";
import type { ItemReader } from "../../runtime/table/dynamodb-reader.ts";
import { type Log, printLogLine } from "../../runtime/telemetry/log.ts";
import { TENANT_CLAIM, type TokenEvent, withClaims } from "./with-claims.ts";

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

/** A user of a tenant, as the user pool's attributes describe it. */
interface TenantUser {
  readonly tenant: string;
  readonly subject: string;
}

/** The error's message, which contains no details because Cognito shows it to clients. */
const MESSAGE = "Nobody can be signed in at the moment";

/** Rejects every event. */
export const rejectAll: TokenTrigger = () => Promise.reject(new Error(MESSAGE));

/**
 * Creates a trigger that adds tenant and roles to a user's tokens. It changes nothing for users without a tenant, and
 * for machines. If the memberships cannot be read, the user is not signed in.
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
      const user = readTenantUser(event);
      if (user === undefined) {
        logToken({ level: "info" });
        return event;
      }
      const roles = await readRoles(user, issuer, reader, startedAt / 1_000);
      logToken({ level: "info", tenantId: user.tenant, userId: user.subject, memberships: roles });
      return withClaims(event, user.tenant, roles);
    } catch (error) {
      logToken({ level: "error", ...failureFields(error) });
      throw new Error(MESSAGE, { cause: error });
    }
  };
}

/**
 * Returns undefined for a user without a tenant, and for a machine.
 *
 * @throws InternalError `configuration_invalid` for event version 1, whose response changes ID tokens only
 */
function readTenantUser({ version, request }: TokenEvent): TenantUser | undefined {
  if (version !== "2" && version !== "3")
    throw new InternalError(
      "configuration_invalid",
      "The user pool sends an unsupported version of the event: set the trigger's version to V2_0",
    );
  const { [TENANT_CLAIM]: tenant, sub } = request.userAttributes ?? {};
  return isPlainText(tenant) && isPlainText(sub) ? { tenant, subject: sub } : undefined;
}

/** Returns the roles that the user's membership in the tenant of now gives. @throws InternalError when it cannot be read */
async function readRoles(
  { tenant, subject }: TenantUser,
  issuer: string,
  reader: ItemReader,
  at: number,
): Promise<string[]> {
  const pk = tenantKey(tenant);
  const items = await reader.items([
    { pk, sk: TENANT_SORT_KEY },
    { pk, sk: memberSortKey(issuer, subject) },
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
