import { supposedCaller } from "../../decision/caller.ts";
import { type Route, selectRoute } from "../../model/route.ts";
import { pathBelowStage } from "../explain/logged.ts";
import { reasonLines } from "../explain/reason-lines.ts";
import type { Rules } from "../model/rules-json.ts";
import { type StateOf, WITHOUT_TABLE } from "../simulate/run-time-state.ts";
import { type PolicySimulator, type Simulation, simulate } from "../simulate/simulate.ts";
import type { AccessRecord, DecisionRecord, LoggedCaller, LogRecord } from "./log-record.ts";
import { type Outcome, type ReplayReport, Tally, unjudged, type Verdict } from "./tally.ts";

/** What a replay decides by. */
export interface ReplayDeps {
  readonly rules: Rules;
  readonly simulator: PolicySimulator;
  /** Finds what a table has for a caller; without it no table is read. */
  readonly stateOf?: StateOf;
  /** Only the requests of callers with this OAuth client; absent: all. */
  readonly client?: string | undefined;
  /** A path prefix of the positions in files, such as `policies/`. */
  readonly folder?: string;
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
  const asked = requests.filter((request) => mayBeOf(callers.find(request), deps.client));
  for (const request of asked) tally.add(judge(request, callers, deps));
  return { requests: asked.length, decisions, otherLines, ...tally.result() };
}

/** Returns whether one of the callers has the client, if only those of one client are asked for. */
const mayBeOf = (callers: readonly LoggedCaller[], client: string | undefined): boolean =>
  client === undefined || callers.some(({ clientId }) => clientId === client);

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

function judge(request: AccessRecord, callers: Callers, deps: ReplayDeps): Verdict {
  const { simulator } = deps;
  const { resource, status, responseType, tenant } = request;
  if (resource === undefined) return unjudged("the request matched no route");
  if (status === 401) return unjudged("the response was 401, so the caller is not known");
  if (responseType?.startsWith("AUTHORIZER_") === true) return unjudged("the authorizer failed");
  if (tenant === undefined && !isDenied(request)) return judgePublic(request, deps);
  if (isExternal(request, simulator)) return unjudged("the route is left to another authorizer");
  const candidates = callers.find(request);
  if (candidates.length === 0)
    return unjudged("the log has no decision line for the caller, so the caller's roles are not known");
  if (deps.client !== undefined && candidates.some(({ clientId }) => clientId !== deps.client))
    return unjudged("another client of the same caller may have sent the request");
  const path = pathBelowStage(request);
  const outcomes = candidates.map((caller) => decideAgain(caller, request.method, path, deps));
  if (outcomes.includes(undefined))
    return unjudged("the decision depends on roles or scopes that the log does not have");
  const [now] = outcomes;
  const [caller] = candidates;
  if (now === undefined || caller === undefined || outcomes.some((one) => one?.allowed !== now.allowed))
    return unjudged("several callers with different roles or clients may have sent the request");
  return judged(request, !isDenied(request), now, caller, deps);
}

function judged(
  request: AccessRecord,
  was: boolean,
  now: Outcome,
  caller: LoggedCaller,
  deps: ReplayDeps,
): Verdict {
  const { method, resource } = request;
  return {
    ...{ kind: "judged", was, now, tenant: caller.tenant },
    route: `${method} ${resource?.split(" ").at(-1)}`,
    roles: caller.roles?.join(" and ") ?? "(roles not logged)",
    why: () => whyLines(caller, request, deps),
  };
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
function judgePublic(request: AccessRecord, deps: ReplayDeps): Verdict {
  const { simulator } = deps;
  const simulation = simulate(simulator, supposedCaller(NOBODY), request.method, pathBelowStage(request));
  if (simulation.outcome === "public" || simulation.outcome === "unknown-route") {
    const now = { allowed: simulation.outcome === "public", reason: NO_ROUTE };
    return judged(request, true, now, NOBODY, deps);
  }
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
  { tenant, subject, issuer, clientId, delegate, claims }: LoggedCaller,
  roles: readonly string[],
  scopes: readonly string[],
  method: string,
  path: string,
  { simulator, stateOf = WITHOUT_TABLE }: ReplayDeps,
): Outcome {
  const caller = supposedCaller({ tenant, subject, issuer, clientId, delegate, claims, roles, scopes });
  return outcomeOf(simulate(simulator, caller, method, path, stateOf(caller)));
}

const NO_ROUTE = "no such route";

/** Returns the outcome of a simulated request. */
export function outcomeOf(simulation: Simulation): Outcome {
  if (simulation.outcome === "unknown-route") return { allowed: false, reason: NO_ROUTE };
  if (!("response" in simulation)) return { allowed: true, reason: "" };
  return { allowed: simulation.outcome === "allowed", reason: simulation.reason ?? "" };
}

const allRoles = ({ tenant }: LoggedCaller, { catalogue, tenants }: PolicySimulator): string[] => [
  ...catalogue.roles.keys(),
  ...([...tenants.values()].find(({ id }) => id === tenant)?.roles.keys() ?? []),
];

const allScopes = (routes: readonly Route[]): string[] => routes.flatMap(({ scopes }) => scopes);

/** Explains a request that is decided otherwise now, as far as its caller's roles and scopes are logged. */
function whyLines(
  { tenant, subject, issuer, clientId, delegate, claims, roles, scopes }: LoggedCaller,
  request: AccessRecord,
  { rules, simulator, stateOf = WITHOUT_TABLE, folder = "" }: ReplayDeps,
): string[] {
  if (roles === undefined) return [];
  const caller = supposedCaller({
    ...{ tenant, subject, issuer, clientId, delegate, claims, roles },
    scopes: scopes ?? allScopes(simulator.routes),
  });
  const asked = { method: request.method, path: pathBelowStage(request) };
  return reasonLines(rules, simulator, caller, asked, { membershipState: stateOf(caller), folder });
}
