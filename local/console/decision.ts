import type { LiveDecision, LiveOutcome } from "../../core/policy-files/live-events.ts";
import type { AccessLogEntry } from "../apigateway/shared/access-log.ts";

/** What the authorizer's line of the log tells beside the access log's. */
export interface AuthorizerLine {
  readonly requestId: string;
  readonly route: string | null;
  readonly group: string | null;
  readonly roles: readonly string[] | null;
  /** Of a refusal, or the code of a failure. */
  readonly reason: string | null;
}

const MAX_PATH = 512;

/** Reads a line of the functions' logs; undefined for one that is no decision, or names no request. */
export function readAuthorizerLine(text: string): AuthorizerLine | undefined {
  const line = text.startsWith("{") ? parse(text) : undefined;
  const requestId = line?.["requestId"];
  if (line?.["message"] !== "decision" || typeof requestId !== "string") return undefined;
  const { route, group, roles, reason, code } = line;
  return {
    requestId,
    route: textOf(route),
    group: textOf(group),
    roles: Array.isArray(roles) ? roles.map(String) : null,
    reason: textOf(reason) ?? textOf(code),
  };
}

/** A request as the console shows it: the access log's entry, and the authorizer's line where it was called. */
export function decisionOf(entry: AccessLogEntry, line: AuthorizerLine | undefined): LiveDecision {
  const { requestId: _, extendedRequestId, time, method, path, resource, status, authorizer, note } = entry;
  return {
    requestId: extendedRequestId,
    time,
    method,
    path: path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path,
    route: line?.route ?? (resource === null ? null : `${method} ${resource}`),
    status,
    outcome: outcomeOf(entry),
    reason: entry.reason ?? line?.reason ?? null,
    tenant: decoded(entry.tenantId),
    subject: decoded(entry.userId),
    roles: line?.roles ?? entry.roles?.split(",").map(decode) ?? null,
    group: entry.group ?? line?.group ?? null,
    cache: authorizer?.cache ?? null,
    authorizerMs: wasCalled(entry) ? (authorizer?.latencyMs ?? null) : null,
    policyVersion: entry.policyVersion ?? null,
    note: note ?? authorizer?.error ?? null,
  };
}

/** Whether a line of the authorizer's belongs to the entry, sooner or later. */
export const wasCalled = ({ authorizer }: AccessLogEntry): boolean =>
  authorizer?.cache === "miss" || authorizer?.cache === "off";

function outcomeOf({ authorizer, resource, responseType }: AccessLogEntry): LiveOutcome {
  if (authorizer === undefined) {
    if (responseType === "UNAUTHORIZED") return "unauthorized";
    return resource === null ? "no_route" : "public";
  }
  if (authorizer.status === 200) return "allowed";
  if (authorizer.status === 403) return "denied";
  return authorizer.status === 401 ? "unauthorized" : "failed";
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

const decoded = (value: string | undefined): string | null => (value === undefined ? null : decode(value));

/** The context's encoding taken back. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
