import { parseJson } from "../../core/model/parse-json.ts";
import { NONE } from "../../core/policy/context.ts";
import type { LiveDecision, LiveOutcome } from "../../core/policy-files/live-events.ts";
import type { AccessLogEntry } from "../apigateway/shared/access-log.ts";

/** The fields of the authorizer's log line that complete the access log's entry. */
export interface AuthorizerLine {
  readonly requestId: string;
  readonly route: string | null;
  readonly group: string | null;
  readonly roles: readonly string[] | null;
  readonly client: string | null;
  readonly delegate: string | null;
  /** The reason of a denial, or the code of a failure. */
  readonly reason: string | null;
}

const MAX_PATH = 512;

/** Reads a line of the functions' logs. Returns undefined for a line that is not the decision of a request. */
export function readAuthorizerLine(text: string): AuthorizerLine | undefined {
  const line = text.startsWith("{") ? parse(text) : undefined;
  const requestId = line?.["requestId"];
  if (line?.["message"] !== "decision" || typeof requestId !== "string") return undefined;
  const { route, group, roles, reason, code, clientId, delegate } = line;
  return {
    requestId,
    route: stringOrNull(route),
    group: stringOrNull(group),
    roles: Array.isArray(roles) ? roles.map(String) : null,
    client: stringOrNull(clientId),
    delegate: stringOrNull(delegate),
    reason: stringOrNull(reason) ?? stringOrNull(code),
  };
}

/**
 * Converts the access log's entry, and the authorizer's line if it was called, to the console's decision.
 *
 * @param knownClient the client of the token, if an earlier line named it
 */
export function toLiveDecision(
  entry: AccessLogEntry,
  line: AuthorizerLine | undefined,
  knownClient: string | null = null,
): LiveDecision {
  const { requestId: _, extendedRequestId, time, method, path, resource, status, authorizer, note } = entry;
  return {
    requestId: extendedRequestId,
    time,
    method,
    path: path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path,
    route: line?.route ?? (resource === null ? null : `${method} ${resource}`),
    status,
    outcome: readOutcome(entry),
    reason: entry.reason ?? line?.reason ?? null,
    tenant: decodeOrNull(entry.tenantId),
    subject: decodeOrNull(entry.userId),
    roles: line?.roles ?? entry.roles?.split(",").map(decode) ?? null,
    scopes: readScopes(entry),
    issuer: decodeOrNull(entry.issuer || undefined),
    client: line?.client ?? knownClient,
    delegate: line?.delegate ?? (entry.delegate === NONE ? null : decodeOrNull(entry.delegate)),
    group: entry.group ?? line?.group ?? null,
    cache: authorizer?.cache ?? null,
    authorizerMs: wasCalled(entry) ? (authorizer?.latencyMs ?? null) : null,
    policyVersion: entry.policyVersion ?? null,
    note: note ?? authorizer?.error ?? null,
  };
}

/**
 * Reads the scopes of a caller who is allowed something: the context has them unless there are none, or unless they
 * were omitted because the context was too large. Null: not known.
 */
function readScopes({ scopes = "", roles, omitted }: AccessLogEntry): string[] | null {
  if (roles === undefined || omitted?.split(",").includes("scopes")) return null;
  return decode(scopes)
    .split(" ")
    .filter((scope) => scope !== "");
}

/** Reports whether the authorizer was called, so that its line belongs to the entry. */
export const wasCalled = ({ authorizer }: AccessLogEntry): boolean =>
  authorizer?.cache === "miss" || authorizer?.cache === "off";

function readOutcome({ authorizer, resource, responseType }: AccessLogEntry): LiveOutcome {
  if (authorizer === undefined) {
    if (responseType === "UNAUTHORIZED") return "unauthorized";
    return resource === null ? "no_route" : "public";
  }
  if (authorizer.status === 200) return "allowed";
  if (authorizer.status === 403) return "denied";
  return authorizer.status === 401 ? "unauthorized" : "failed";
}

const parse = (text: string): Readonly<Record<string, unknown>> | undefined =>
  parseJson(text) as Readonly<Record<string, unknown>> | undefined;

const stringOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);

const decodeOrNull = (value: string | undefined): string | null =>
  value === undefined ? null : decode(value);

/** Decodes a value of the authorizer context. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
