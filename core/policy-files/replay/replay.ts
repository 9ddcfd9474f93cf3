import { supposedCaller } from "../../decision/caller.ts";
import { type Route, selectRoute } from "../../model/route.ts";
import { pathBelowStage } from "../explain/logged.ts";
import { reasonLines } from "../explain/reason-lines.ts";
import type { Rules } from "../model/rules-json.ts";
import { type StateOf, WITHOUT_TABLE } from "../simulate/run-time-state.ts";
import { type PolicySimulator, simulate } from "../simulate/simulate.ts";
import type { AccessRecord, DecisionRecord, LoggedCaller, LogRecord } from "./log-record.ts";

/** Requests of one tenant to one route that the files decide differently. */
export interface Difference {
  readonly tenant: string;
  /** `METHOD /path/{template}`, as the log has it. */
  readonly route: string;
  readonly count: number;
  /** The distinct sets of roles of the callers, if the log has them. */
  readonly roles: readonly string[];
  /** The deny reasons; empty for requests that would be allowed. */
  readonly reasons: readonly string[];
  /** What decides the requests now: lines of the explanation, without duplicates. */
  readonly why: readonly string[];
}

/** What a replay decides by. */
export interface ReplayDeps {
  readonly rules: Rules;
  readonly simulator: PolicySimulator;
  /** Finds what a table has for a caller; without it no table is read. */
  readonly stateOf?: StateOf;
  /** A path prefix of the positions in files, such as `policies/`. */
  readonly folder?: string;
}

/** How the files would decide a log's requests. */
export interface ReplayReport {
  readonly requests: number;
  readonly decisions: number;
  /** The number of lines that are neither. */
  readonly otherLines: number;
  /** The number of requests that the files decide as they were decided. */
  readonly same: number;
  readonly newlyDenied: readonly Difference[];
  readonly newlyAllowed: readonly Difference[];
  /** The number of requests that cannot be judged, by cause. */
  readonly unjudged: readonly { readonly why: string; readonly count: number }[];
}

/**
 * Decides a log's requests again. Only decision lines have the callers' roles, so they are joined to the
 * requests.
 */
export function replay(records: Iterable<LogRecord>, deps: ReplayDeps): ReplayReport {
  const callers = new Callers();
  const requests: AccessRecord[] = [];
  let [decisions, otherLines] = [0, 0];
  for (const record of records)
    if (record.kind === "access") requests.push(record);
    else if (record.kind === "decision") {
      decisions += 1;
      callers.add(record);
    } else otherLines += 1;
  const tally = new Tally();
  for (const request of requests) tally.add(request, judge(request, callers, deps), deps);
  return { requests: requests.length, decisions, otherLines, ...tally.result() };
}

/** The callers that a request may have come from. */
class Callers {
  readonly #byRequest = new Map<string, LoggedCaller>();
  readonly #bySubject = new Map<string, Map<string, LoggedCaller>>();

  add({ caller, requestIds, policyVersion }: DecisionRecord): void {
    if (caller === undefined) return;
    for (const id of requestIds) this.#byRequest.set(id, caller);
    if (policyVersion === undefined) return;
    const key = subjectKey(policyVersion, caller.subject, caller.tenant);
    const callers = this.#bySubject.get(key) ?? new Map<string, LoggedCaller>();
    this.#bySubject.set(key, callers.set(JSON.stringify(caller), caller));
  }

  /**
   * Returns the caller of the request's own decision; if it has none, all callers with the same subject, tenant
   * and policy version.
   */
  find({ requestIds, policyVersion, subject, tenant }: AccessRecord): LoggedCaller[] {
    const own = requestIds.flatMap((id) => this.#byRequest.get(id) ?? []);
    if (own[0] !== undefined) return own.slice(0, 1);
    if (policyVersion === undefined || tenant === undefined) return [];
    return [...(this.#bySubject.get(subjectKey(policyVersion, subject ?? "", tenant))?.values() ?? [])];
  }
}

const subjectKey = (...parts: readonly string[]): string => JSON.stringify(parts);

type Verdict =
  | { readonly kind: "unjudged"; readonly why: string }
  | { readonly kind: "judged"; readonly was: boolean; readonly now: Outcome; readonly caller: LoggedCaller };

interface Outcome {
  readonly allowed: boolean;
  readonly reason: string;
}

const unjudged = (why: string): Verdict => ({ kind: "unjudged", why });

function judge(request: AccessRecord, callers: Callers, deps: ReplayDeps): Verdict {
  const { simulator } = deps;
  const { resource, status, responseType, tenant } = request;
  if (resource === undefined) return unjudged("the request matched no route");
  if (status === 401) return unjudged("the response was 401, so the caller is not known");
  if (responseType?.startsWith("AUTHORIZER_") === true) return unjudged("the authorizer failed");
  if (tenant === undefined && !isDenied(request)) return judgePublic(request, simulator);
  if (isExternal(request, simulator)) return unjudged("the route is left to another authorizer");
  const candidates = callers.find(request);
  if (candidates.length === 0)
    return unjudged("the log has no decision line for the caller, so the caller's roles are not known");
  const path = pathBelowStage(request);
  const outcomes = candidates.map((caller) => decideAgain(caller, request.method, path, deps));
  if (outcomes.includes(undefined))
    return unjudged("the decision depends on roles or scopes that the log does not have");
  const [now] = outcomes;
  const [caller] = candidates;
  if (now === undefined || caller === undefined || outcomes.some((one) => one?.allowed !== now.allowed))
    return unjudged("several callers with different roles may have sent the request");
  return { kind: "judged", was: !isDenied(request), now, caller };
}

function isExternal(request: AccessRecord, { routes, external }: PolicySimulator): boolean {
  const route = selectRoute(routes, request.method, pathBelowStage(request));
  return route !== undefined && external.has(route.key);
}

/**
 * Returns whether the authorizer denied the request. A backend can respond with 403 too; in a log without
 * response types, a request that reached it was allowed.
 */
const isDenied = ({ status, responseType, reachedBackend }: AccessRecord): boolean =>
  responseType === undefined ? status === 403 && !reachedBackend : responseType === "ACCESS_DENIED";

const NOBODY: LoggedCaller = {
  tenant: "(anybody)",
  subject: "",
  issuer: undefined,
  roles: [],
  scopes: [],
  claims: {},
};

/**
 * Judges a request without a caller: its route was public, and now it is public again, or not there, or the
 * caller is not known.
 */
function judgePublic(request: AccessRecord, simulator: PolicySimulator): Verdict {
  const simulation = simulate(simulator, supposedCaller(NOBODY), request.method, pathBelowStage(request));
  if (simulation.outcome === "public" || simulation.outcome === "unknown-route")
    return {
      kind: "judged",
      was: true,
      now: { allowed: simulation.outcome === "public", reason: "no such route" },
      caller: NOBODY,
    };
  return unjudged(
    "no caller is logged: the route was public, or the response was sent before the caller was known",
  );
}

/** Returns the outcome for a logged caller; undefined if it depends on roles or scopes that are not logged. */
function decideAgain(
  caller: LoggedCaller,
  method: string,
  path: string,
  deps: ReplayDeps,
): Outcome | undefined {
  const { simulator } = deps;
  const least = simulateCaller(caller, caller.roles ?? [], caller.scopes ?? [], method, path, deps);
  if (caller.roles !== undefined && caller.scopes !== undefined) return least;
  const most = simulateCaller(
    caller,
    caller.roles ?? allRoles(caller, simulator),
    caller.scopes ?? allScopes(simulator.routes),
    method,
    path,
    deps,
  );
  return least.allowed === most.allowed && most.reason !== "binding_not_expressible" ? most : undefined;
}

function simulateCaller(
  { tenant, subject, issuer, claims }: LoggedCaller,
  roles: readonly string[],
  scopes: readonly string[],
  method: string,
  path: string,
  { simulator, stateOf = WITHOUT_TABLE }: ReplayDeps,
): Outcome {
  const caller = supposedCaller({ tenant, subject, issuer, claims, roles, scopes });
  const simulation = simulate(simulator, caller, method, path, stateOf(caller));
  if (simulation.outcome === "unknown-route") return { allowed: false, reason: "no such route" };
  if (!("response" in simulation)) return { allowed: true, reason: "" };
  return { allowed: simulation.outcome === "allowed", reason: simulation.reason ?? "" };
}

const allRoles = ({ tenant }: LoggedCaller, { catalogue, tenants }: PolicySimulator): string[] => [
  ...catalogue.roles.keys(),
  ...([...tenants.values()].find(({ id }) => id === tenant)?.roles.keys() ?? []),
];

const allScopes = (routes: readonly Route[]): string[] => routes.flatMap(({ scopes }) => scopes);

interface Counted {
  count: number;
  readonly tenant: string;
  readonly route: string;
  readonly roles: Set<string>;
  readonly reasons: Set<string>;
  readonly why: Set<string>;
}

/** Counts verdicts by tenant and route. */
class Tally {
  #same = 0;
  readonly #denied = new Map<string, Counted>();
  readonly #allowed = new Map<string, Counted>();
  readonly #unjudged = new Map<string, number>();

  add(request: AccessRecord, verdict: Verdict, deps: ReplayDeps): void {
    if (verdict.kind === "unjudged")
      this.#unjudged.set(verdict.why, (this.#unjudged.get(verdict.why) ?? 0) + 1);
    else if (verdict.was === verdict.now.allowed) this.#same += 1;
    else count(verdict.now.allowed ? this.#allowed : this.#denied, request, verdict, deps);
  }

  result(): Pick<ReplayReport, "same" | "newlyDenied" | "newlyAllowed" | "unjudged"> {
    return {
      same: this.#same,
      newlyDenied: differences(this.#denied),
      newlyAllowed: differences(this.#allowed),
      unjudged: [...this.#unjudged]
        .map(([why, number]) => ({ why, count: number }))
        .sort((a, b) => b.count - a.count),
    };
  }
}

function count(
  counts: Map<string, Counted>,
  request: AccessRecord,
  { caller, now }: Verdict & { kind: "judged" },
  deps: ReplayDeps,
): void {
  const { method, resource } = request;
  const route = `${method} ${resource?.split(" ").at(-1)}`;
  const key = JSON.stringify([caller.tenant, route]);
  const counted = counts.get(key) ?? {
    count: 0,
    tenant: caller.tenant,
    route,
    roles: new Set(),
    reasons: new Set(),
    why: new Set(),
  };
  counted.count += 1;
  counted.roles.add(caller.roles?.join(" and ") ?? "(roles not logged)");
  if (!now.allowed) counted.reasons.add(now.reason);
  for (const line of whyLines(caller, request, deps)) counted.why.add(line);
  counts.set(key, counted);
}

/** Explains a request that is decided otherwise now, as far as its caller's roles and scopes are logged. */
function whyLines(
  { tenant, subject, issuer, claims, roles, scopes }: LoggedCaller,
  request: AccessRecord,
  { rules, simulator, stateOf = WITHOUT_TABLE, folder = "" }: ReplayDeps,
): string[] {
  if (roles === undefined) return [];
  const caller = supposedCaller({
    ...{ tenant, subject, issuer, claims, roles },
    scopes: scopes ?? allScopes(simulator.routes),
  });
  const asked = { method: request.method, path: pathBelowStage(request) };
  return reasonLines(rules, simulator, caller, asked, { membershipState: stateOf(caller), folder });
}

const differences = (counted: ReadonlyMap<string, Counted>): Difference[] =>
  [...counted.values()]
    .map(({ roles, reasons, why, ...rest }) => ({
      ...rest,
      why: [...why],
      roles: [...roles].sort(),
      reasons: [...reasons].sort(),
    }))
    .sort((a, b) => b.count - a.count || (a.tenant + a.route < b.tenant + b.route ? -1 : 1));
