import { type Delegate, parseDelegate } from "../../decision/delegates.ts";
import type { DenialLog } from "../../decision/denial-log.ts";
import { RESERVED_KEYS } from "../../policy/context.ts";

/** The caller that a decision line names. An undefined field is not in the line. */
export interface LoggedCaller {
  readonly tenant: string;
  readonly subject: string;
  readonly issuer: string | undefined;
  /** Empty if the token did not name exactly one client. */
  readonly clientId?: string | undefined;
  /** The current delegate. */
  readonly delegate?: Delegate | undefined;
  readonly roles: readonly string[] | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly claims: Readonly<Record<string, string>>;
}

/** A line of the access log: a request and its response. */
export interface AccessRecord {
  readonly kind: "access";
  readonly method: string;
  readonly path: string;
  /** The template of the matched route; undefined if none matched. */
  readonly resource: string | undefined;
  readonly status: number;
  readonly responseType: string | undefined;
  /** Whether a backend responded: a backend can deny a request itself. */
  readonly reachedBackend: boolean;
  readonly requestIds: readonly string[];
  readonly tenant: string | undefined;
  readonly subject: string | undefined;
  readonly policyVersion: string | undefined;
  /** The reason of a denial. */
  readonly reason: string | undefined;
}

/** What a decision line says about the candidate that was evaluated alongside. */
export type LoggedShadow =
  | {
      readonly candidate: string;
      readonly gained: readonly string[];
      readonly lost: readonly string[];
      /** The number of routes that are left out. */
      readonly more: number;
      /** The check by which the candidate would deny the request itself. */
      readonly check?: string | undefined;
    }
  | { readonly error: string };

/** A line of the authorizer's log: a caller and the decision. */
export interface DecisionRecord {
  readonly kind: "decision";
  readonly requestIds: readonly string[];
  readonly policyVersion: string | undefined;
  /** Undefined if there is no caller, for example because of an invalid token. */
  readonly caller: LoggedCaller | undefined;
  /** The template of the requested route. */
  readonly route: string | undefined;
  /** Undefined: no candidate was evaluated. */
  readonly shadow: LoggedShadow | undefined;
  /** What the authorizer returned: `allow` is a policy that allows a route of the group, if not the requested one. */
  readonly outcome: string | undefined;
  readonly status: number | undefined;
  /** The reason of a denial. */
  readonly reason: string | undefined;
  /** The code of a 401 or a 500. */
  readonly code: string | undefined;
  readonly denial: LoggedDenial | undefined;
}

/** The part of a decision line that says why the request was denied. */
export type LoggedDenial = Pick<DenialLog, "neededScopes" | "scopesPresent" | "bindingMatched"> & {
  readonly check: string;
};

export type LogRecord = AccessRecord | DecisionRecord | { readonly kind: "other" };

/**
 * Reads a line of a log. Its JSON can follow a CloudWatch time stamp, or be in the `message` of an envelope. Accepts
 * the usual names of each key; `-` means that there is no value.
 */
export function readLogRecord(line: string): LogRecord {
  const fields = parseLogLine(line);
  if (fields === undefined) return { kind: "other" };
  if (fields["message"] === "decision" || (fields["outcome"] !== undefined && fields["route"] !== undefined))
    return readDecision(fields);
  return readAccess(fields) ?? { kind: "other" };
}

type Fields = Readonly<Record<string, unknown>>;

/** Parses the JSON of a log line, which can follow a time stamp or be in the `message` of an envelope. */
export function parseLogLine(line: string): Fields | undefined {
  const start = line.indexOf("{");
  if (start === -1) return undefined;
  try {
    const value = JSON.parse(line.slice(start)) as Fields;
    const inner = value["message"];
    if (typeof inner === "object" && inner !== null) return inner as Fields;
    return typeof inner === "string" && inner.includes("{") ? (parseLogLine(inner) ?? value) : value;
  } catch {
    return undefined;
  }
}

const text = (fields: Fields, ...names: readonly string[]): string | undefined =>
  names
    .map((name) => fields[name])
    .find((value): value is string => typeof value === "string" && value !== "" && value !== "-");

const readRequestIds = (fields: Fields): string[] =>
  ["requestId", "extendedRequestId", "request_id"].flatMap((name) => text(fields, name) ?? []);

function readAccess(fields: Fields): AccessRecord | undefined {
  const method = text(fields, "method", "httpMethod", "verb", "requestMethod");
  const path = text(fields, "path", "requestPath", "uri", "resourcePath", "resource");
  const status = Number(fields["status"] ?? fields["statusCode"]);
  if (method === undefined || path?.startsWith("/") !== true || !Number.isInteger(status)) return undefined;
  return {
    kind: "access",
    method,
    path: path.split("?", 1)[0] ?? path,
    resource: text(fields, "resource", "resourcePath", "routeKey"),
    status,
    responseType: text(fields, "responseType", "errorResponseType", "error.responseType"),
    reachedBackend: ["integrationStatus", "integrationLatencyMs", "integrationMs", "integrationLatency"].some(
      (name) => typeof fields[name] === "number" || text(fields, name) !== undefined,
    ),
    requestIds: readRequestIds(fields),
    tenant: decoded(text(fields, "tenantId", "tenant")),
    subject: decoded(text(fields, "userId", "subject", "principalId")),
    policyVersion: text(fields, "policyVersion"),
    // An access line of an allowed request can have the reason that its policy has for other routes.
    reason: status === 403 ? text(fields, "reason") : undefined,
  };
}

function readDecision(fields: Fields): DecisionRecord {
  const record = {
    kind: "decision",
    requestIds: readRequestIds(fields),
    policyVersion: text(fields, "policyVersion"),
    route: text(fields, "route"),
    shadow: shadowIn(fields["shadow"]),
    outcome: text(fields, "outcome"),
    status: typeof fields["status"] === "number" ? fields["status"] : undefined,
    reason: text(fields, "reason"),
    code: text(fields, "code"),
    denial: denialIn(fields["denial"]),
  } as const;
  const tenant = decoded(text(fields, "tenantId"));
  if (tenant === undefined) return { ...record, caller: undefined };
  const allowed = fields["outcome"] === "allow";
  const caller: LoggedCaller = {
    tenant,
    subject: decoded(text(fields, "userId")) ?? "",
    issuer: decoded(text(fields, "issuer")),
    clientId: typeof fields["clientId"] === "string" ? fields["clientId"] : undefined,
    delegate: parseDelegate(text(fields, "delegate") ?? ""),
    roles: namesIn(fields["roles"], ","),
    // A denial does not log the scopes; in an allowed decision, no logged scopes means that there are none.
    scopes: namesIn(fields["scopes"], " ") ?? (allowed ? [] : undefined),
    claims: claimsIn(fields),
  };
  return { ...record, caller };
}

function shadowIn(value: unknown): LoggedShadow | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { candidate, gained, lost, more, error, check } = value as Record<string, unknown>;
  if (typeof error === "string") return { error };
  if (typeof candidate !== "string" || !Array.isArray(gained) || !Array.isArray(lost)) return undefined;
  const left = typeof more === "number" ? more : 0;
  const denies = typeof check === "string" ? { check } : {};
  return { candidate, gained: gained.map(String), lost: lost.map(String), more: left, ...denies };
}

function denialIn(value: unknown): LoggedDenial | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { check, neededScopes, scopesPresent, bindingMatched } = value as Record<string, unknown>;
  if (typeof check !== "string") return undefined;
  return {
    check,
    ...(Array.isArray(neededScopes) && { neededScopes: neededScopes.map(String) }),
    ...(typeof scopesPresent === "boolean" && { scopesPresent }),
    ...(typeof bindingMatched === "boolean" && { bindingMatched }),
  };
}

function namesIn(value: unknown, separator: string): string[] | undefined {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "string" && value !== "" && value !== "-"
    ? value.split(separator).map((name) => decode(name))
    : undefined;
}

/** The keys of a decision line that are not forwarded claims. */
const LOG_METADATA: ReadonlySet<string> = new Set([
  ...RESERVED_KEYS,
  ...[
    "level",
    "message",
    "outcome",
    "status",
    "code",
    "route",
    "group",
    "clientId",
    "priorDelegates",
    "policyBytes",
    "requestId",
  ],
  ...["coldStart", "durationMs", "detail", "cause", "at", "time", "timestamp", "extendedRequestId"],
  // The keys that metrics add (runtime/telemetry/metrics.ts).
  ...["FunctionName", "Outcome", "Reason", "Tenant"],
]);

const claimsIn = (fields: Fields): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) =>
      typeof value === "string" && !LOG_METADATA.has(key) ? [[key, decode(value)]] : [],
    ),
  );

const decoded = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : decode(value);

/** Reverses the context's encoding, which also percent-encodes `%`, so nothing is decoded twice. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
