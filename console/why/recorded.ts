import type { Route } from "../../core/model/route.ts";
import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import type { LocationChanges } from "../page-location.ts";
import type { PathValues } from "../request-path.ts";

/** What the running stack recorded of a request; what is undefined was not recorded. */
export interface RecordedRequest {
  /** ISO 8601. */
  readonly time: string;
  readonly roles: readonly string[] | undefined;
  readonly subject: string | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly issuer: string | undefined;
  readonly client: string | undefined;
  /** Undefined: nobody acts for the caller. */
  readonly delegate: string | undefined;
  readonly path: string;
}

/** The URL parameters of a recorded request, all absent. */
export const NO_REQUEST = {
  time: undefined,
  roles: undefined,
  subject: undefined,
  scopes: undefined,
  issuer: undefined,
  client: undefined,
  delegate: undefined,
  path: undefined,
} as const satisfies LocationChanges;

/** Returns the URL parameters of a decision's request. What was not recorded is left out. */
export function printRequest({
  time,
  roles,
  subject,
  scopes,
  issuer,
  client,
  delegate,
  path,
}: Pick<LiveDecision, keyof typeof NO_REQUEST>): Readonly<Record<string, string>> {
  return {
    time,
    path,
    ...(roles !== null && { roles: roles.join(",") }),
    ...(subject !== null && { subject }),
    ...(scopes !== null && { scopes: scopes.join(" ") }),
    ...(issuer !== null && { issuer }),
    ...(client !== null && { client }),
    ...(delegate !== null && { delegate }),
  };
}

/** Reads the recorded request from the URL; undefined if the URL has none. */
export function readRequest(params: Readonly<Record<string, string>>): RecordedRequest | undefined {
  const { time, path, subject, issuer, client, delegate } = params;
  if (time === undefined || path === undefined) return undefined;
  return {
    ...{ time, path, subject, issuer, client, delegate },
    roles: params["roles"]?.split(",").filter((role) => role !== ""),
    scopes: params["scopes"]?.split(" ").filter((scope) => scope !== ""),
  };
}

/** Returns the values of a route's parameters in a path that matches the route. */
export function valuesIn({ segments }: Route, path: string): PathValues {
  const parts = path.split("/").slice(1);
  return Object.fromEntries(
    segments.flatMap((segment, index) =>
      segment.kind === "literal"
        ? []
        : [
            [
              segment.name,
              (segment.kind === "greedy" ? parts.slice(index) : parts.slice(index, index + 1))
                .map(decode)
                .join("/"),
            ],
          ],
    ),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
