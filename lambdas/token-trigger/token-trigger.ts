import { isPlainText } from "../../core/decision/claims.ts";
import { memberSortKey, readMembership } from "../../core/decision/memberships.ts";
import { InternalError } from "../../core/model/errors.ts";
import { tenantKey } from "../../core/model/items.ts";
import type { ItemReader } from "../../runtime/table/dynamodb-reader.ts";
import { type Log, printLogLine } from "../../runtime/telemetry/log.ts";
import { TENANT_CLAIM, type TokenEvent, withClaims } from "./with-claims.ts";

/** The Lambda's handler: returns what the tokens are to say, or throws, and then nobody gets a token. */
export type TokenTrigger = (event: TokenEvent) => Promise<TokenEvent>;

export interface TokenTriggerParts {
  /** The pool's name in `policies/issuers.yaml`. */
  readonly issuer: string;
  readonly reader: ItemReader;
  /** The time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** Somebody with a place: what Cognito's administrators say of a user. */
interface Person {
  readonly tenant: string;
  readonly subject: string;
}

/** Cognito shows its clients the message, so it says nothing of what is inside. */
const REFUSAL = "Nobody can be signed in at the moment";

export const rejectAll: TokenTrigger = () => Promise.reject(new Error(REFUSAL));

/**
 * Tenant and roles for a user's tokens. A user without tenant, and a machine, get what the pool says and nothing
 * more. What cannot be read is never taken for nothing: the user is not signed in.
 */
export function tokenTrigger({ issuer, reader, now, log }: TokenTriggerParts): TokenTrigger {
  return async (event) => {
    const startedAt = now();
    const tell = (line: Readonly<Record<string, unknown>>): void =>
      log(
        printLogLine({
          message: "token",
          trigger: event.triggerSource,
          ...line,
          durationMs: now() - startedAt,
        }),
      );
    try {
      const person = personIn(event);
      if (person === undefined) {
        tell({ level: "info" });
        return event;
      }
      const roles = await rolesOf(person, issuer, reader, startedAt / 1_000);
      tell({ level: "info", tenantId: person.tenant, userId: person.subject, memberships: roles });
      return withClaims(event, person.tenant, roles);
    } catch (error) {
      tell({ level: "error", ...failure(error) });
      throw new Error(REFUSAL, { cause: error });
    }
  };
}

/** @throws UnavailableError for the event's version 1, whose answer reaches ID tokens alone */
function personIn({ version, request }: TokenEvent): Person | undefined {
  if (version !== "2" && version !== "3")
    throw new InternalError(
      "configuration_invalid",
      "The user pool sends another version of the event: set its trigger's version to V2_0",
    );
  const { [TENANT_CLAIM]: tenant, sub } = request.userAttributes ?? {};
  return isPlainText(tenant) && isPlainText(sub) ? { tenant, subject: sub } : undefined;
}

/** The roles that the user's membership in the tenant gives now. @throws UnavailableError */
async function rolesOf(
  { tenant, subject }: Person,
  issuer: string,
  reader: ItemReader,
  at: number,
): Promise<string[]> {
  const items = await reader.items([{ pk: tenantKey(tenant), sk: memberSortKey(issuer, subject) }]);
  return items
    .flatMap((item) => readMembership(item).roles)
    .filter(({ until }) => until === null || until > at)
    .map(({ role }) => role);
}

/** Our own messages name items and fields, never a value; a stranger's may hold anything. */
function failure(error: unknown): Record<string, unknown> {
  return error instanceof InternalError
    ? { code: error.code, detail: error.message }
    : { code: "internal_error", cause: error instanceof Error ? error.name : undefined };
}
