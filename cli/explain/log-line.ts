import type { Caller } from "../../core/decision/caller.ts";
import { isObject } from "../../core/model/is-object.ts";
import { UsageError } from "../shared/flags.ts";

/** What a line of a log says of one request. */
export interface LoggedRequest {
  /** `METHOD /path`; a decision line knows the route's template only. */
  readonly request: string;
  readonly caller: {
    readonly tenant: string;
    readonly roles: readonly string[];
    readonly subject: string | undefined;
    readonly scopes: readonly string[];
  };
  /** What was answered. */
  readonly answered: string;
  readonly policyVersion: string | undefined;
}

/** Reads a decision line of the authorizer, or an access-log line. @throws UsageError for anything else */
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
      "--log: the line names no route and tenant: a decision line of the authorizer, or an access-log line of an authorized request is expected",
    );
  const reason = value("reason");
  const outcome = value("outcome") ?? `status ${String(line["status"])}`;
  return {
    request: withOwnPath(route, value("path")),
    caller: {
      tenant,
      roles: names("roles"),
      subject: value("userId") satisfies Caller["tokenId"] | undefined,
      scopes: names("scopes"),
    },
    answered: reason === undefined ? outcome : `${outcome}, reason ${reason}`,
    policyVersion: value("policyVersion"),
  };
}

function withOwnPath(route: string, path: string | undefined): string {
  return path === undefined ? route : `${route.split(" ", 1)[0] ?? ""} ${path}`;
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Told below, with what was expected.
  }
  throw new UsageError("--log: expected one JSON line, in quotes");
}
