import type { Caller } from "../../core/decision/caller.ts";
import { isObject } from "../../core/model/is-object.ts";
import { UsageError } from "../shared/flags.ts";

/** A request, as a log line describes it. */
export interface LoggedRequest {
  /** `METHOD /path`. A decision line has only the path template of the route. */
  readonly request: string;
  readonly caller: {
    readonly tenant: string;
    readonly roles: readonly string[];
    readonly subject: string | undefined;
    readonly scopes: readonly string[];
  };
  /** The outcome or the status, with the reason of a denial. */
  readonly loggedOutcome: string;
  readonly policyVersion: string | undefined;
}

/** Parses a decision line of the authorizer, or an access-log line. @throws UsageError for any other text */
export function readLogLine(text: string): LoggedRequest {
  const line = parse(text);
  const value = (name: string): string | undefined =>
    typeof line[name] === "string" && line[name] !== "-" ? line[name] : undefined;
  const names = (name: string): string[] =>
    Array.isArray(line[name]) ? line[name].map(String) : (value(name)?.split(/[ ,]/) ?? []);
  const route =
    value("route") ??
    `${value("method") ?? value("httpMethod")} ${value("path") ?? value("resourcePath") ?? value("resource")}`;
  const tenant = value("tenantId");
  if (!/^[A-Z]+ \/\S*$/.test(route) || tenant === undefined)
    throw new UsageError(
      "--log: the line has no route and tenant: expected a decision line of the authorizer, or an access-log line of an authorized request",
    );
  const reason = value("reason");
  const outcome = value("outcome") ?? `status ${String(line["status"])}`;
  return {
    request: withActualPath(route, value("path")),
    caller: {
      tenant,
      roles: names("roles"),
      subject: value("userId") satisfies Caller["tokenId"] | undefined,
      scopes: names("scopes"),
    },
    loggedOutcome: reason === undefined ? outcome : `${outcome}, reason ${reason}`,
    policyVersion: value("policyVersion"),
  };
}

/** Replaces the path template of a route by the path of the request. */
function withActualPath(route: string, path: string | undefined): string {
  return path === undefined ? route : `${route.split(" ", 1)[0] ?? ""} ${path}`;
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // The error below says what was expected.
  }
  throw new UsageError("--log: expected one JSON line in quotes");
}
