import type { Caller } from "../../decision/caller.ts";
import type { Denial } from "../../decision/denial.ts";
import type { Finding } from "../../decision/finding.ts";
import { selectedTenant } from "../../decision/selected-tenant.ts";
import { isObject } from "../../model/is-object.ts";
import { findRoute } from "../../model/layout.ts";
import { type Route, selectRoute } from "../../model/route.ts";
import { stepsOf } from "../explain/explain.ts";
import { reasonLines, stepLines } from "../explain/reason-lines.ts";
import { WITHOUT_TABLE } from "../simulate/run-time-state.ts";
import { simulate } from "../simulate/simulate.ts";
import { parseLogLine } from "./log-record.ts";
import { outcomeOf, type ReplayDeps } from "./replay.ts";
import { type Outcome, type ReplayReport, Tally, unjudged, type Verdict } from "./tally.ts";

/** A request that another authorizer decided. */
export interface ForeignRequest {
  readonly method: string;
  /** Below the stage, without the query string. */
  readonly path: string;
  /** The payload of the request's token; null if there was no valid token. */
  readonly claims: Readonly<Record<string, unknown>> | null;
  /** Null: the line does not say. */
  readonly allowed: boolean | null;
  /** The tenant that the request selected by a header or its host. */
  readonly tenant: string | undefined;
  /** When it was decided, in seconds since 1970. */
  readonly time: number | undefined;
}

/** Who sent a request, by the claims of its token. */
export type ForeignCaller =
  | { readonly caller: Caller; readonly readsMemberships: boolean }
  | { readonly denial: Denial; readonly findings: readonly Finding[] }
  /** The token is not valid: the code of a 401, and why. */
  | { readonly code: string; readonly why: readonly string[] };

/** What a replay of another authorizer's log decides by. */
export interface ForeignDeps extends ReplayDeps {
  /**
   * Reads the caller from a token's claims.
   *
   * @param selected the tenant that the request selects; undefined if the claims alone decide
   */
  readCaller(
    claims: NonNullable<ForeignRequest["claims"]>,
    selected: string | undefined,
    time: number | undefined,
  ): ForeignCaller;
}

/**
 * Reads a line that another authorizer logged: `{method, path, claims, allowed}`, and optionally `tenant` and `time`.
 * Like other log lines, its JSON can follow a time stamp or be in an envelope. Undefined: the line is of another kind.
 *
 * @example
 * import { readForeignRequest } from "./foreign.ts";
 *
 * const line = '{"method":"GET","path":"/documents?page=2","claims":{"sub":"ann"},"allowed":true}';
 * readForeignRequest(line)?.path; // => "/documents"
 */
export function readForeignRequest(line: string): ForeignRequest | undefined {
  const { method, path, claims, allowed, tenant, time } = parseLogLine(line) ?? {};
  if (typeof method !== "string" || typeof path !== "string" || !path.startsWith("/")) return undefined;
  if (allowed === undefined && claims === undefined) return undefined;
  return {
    method: method.toUpperCase(),
    path: path.split("?", 1)[0] ?? path,
    claims: isObject(claims) ? claims : null,
    allowed: typeof allowed === "boolean" ? allowed : null,
    tenant: typeof tenant === "string" ? tenant : undefined,
    time: typeof time === "number" && Number.isFinite(time) ? time : undefined,
  };
}

/** Decides the requests of another authorizer's log by the policy files. */
export function replayForeign(
  requests: Iterable<ForeignRequest | undefined>,
  deps: ForeignDeps,
): ReplayReport {
  const tally = new Tally();
  let [count, otherLines] = [0, 0];
  for (const request of requests)
    if (request === undefined) otherLines += 1;
    else {
      count += 1;
      tally.add(judge(request, deps));
    }
  return { requests: count, otherLines, ...tally.result() };
}

function judge(request: ForeignRequest, deps: ForeignDeps): Verdict {
  const { method, path, claims, allowed, time } = request;
  const { routes, external, layout } = deps.simulator;
  if (allowed === null) return unjudged("the line does not say whether the request was allowed");
  const route = selectRoute(routes, method, path);
  const seen = { was: allowed, route: route?.key ?? `${method} ${path}`, tenant: "(anybody)", roles: "" };
  if (route === undefined) return judgedAs(seen, { allowed: false, reason: "no such route" });
  if (external.has(route.key)) return unjudged("the route is left to another authorizer");
  if (findRoute(layout, route.key) === undefined) return judgedAs(seen, { allowed: true, reason: "" });
  if (claims === null) return unjudged("the line has no claims, so the caller is not known");
  const selected = selectedIn(request, route, deps);
  if (selected === null)
    return unjudged("the API has a tenant selector, but the line has no tenant that the request selects");
  return judgeCaller(request, seen, deps.readCaller(claims, selected, time), deps);
}

type Seen = Pick<Verdict & { kind: "judged" }, "was" | "route" | "tenant" | "roles">;

const judgedAs = (seen: Seen, now: Outcome, why: () => readonly string[] = () => []): Verdict => ({
  kind: "judged",
  ...seen,
  now,
  why,
});

/** Returns the tenant that a request selects; null if only a header or the host has it, and the line does not. */
function selectedIn(
  { method, path, tenant }: ForeignRequest,
  route: Route,
  { simulator: { layout } }: ForeignDeps,
): string | undefined | null {
  const selector = layout.tenantSelector;
  if (selector !== null && !("path" in selector)) return tenant ?? null;
  return selectedTenant({ headers: new Map() }, { route, arn: { base: "", method, path } }, layout);
}

function judgeCaller(
  { method, path }: ForeignRequest,
  seen: Seen,
  who: ForeignCaller,
  deps: ForeignDeps,
): Verdict {
  const { rules, simulator, stateOf = WITHOUT_TABLE, folder = "" } = deps;
  if ("code" in who)
    return judgedAs({ ...seen, tenant: "(no caller)" }, { allowed: false, reason: who.code }, () => who.why);
  if ("denial" in who) {
    const { denial, findings } = who;
    const steps = stepsOf(findings, { rules, findings, withTable: false });
    return judgedAs({ ...seen, tenant: "(no tenant)" }, { allowed: false, reason: denial.reason }, () =>
      stepLines(steps, folder),
    );
  }
  const { caller, readsMemberships } = who;
  const membershipState = stateOf(caller);
  const now = outcomeOf(simulate(simulator, caller, method, path, membershipState));
  if (!now.allowed && readsMemberships && membershipState === null)
    return unjudged("the caller's memberships are in the table, which --table NAME reads");
  return judgedAs({ ...seen, tenant: caller.tenant, roles: caller.roles.join(" and ") }, now, () =>
    reasonLines(rules, simulator, caller, { method, path }, { membershipState, folder }),
  );
}
