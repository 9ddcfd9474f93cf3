import { supposedCaller } from "../../decision/caller.ts";
import { type Method, makeRoute, matchPath, type Route, selectRoute } from "../../model/route.ts";
import { type PolicySimulator, simulate } from "../simulate/simulate.ts";
import type { AccessRecord, DecisionRecord, LoggedCaller, LogRecord } from "./log-record.ts";

/** Requests of one tenant to one route that the files answer otherwise. */
export interface Difference {
  readonly tenant: string;
  /** `METHOD /path/{template}`, as the log has it. */
  readonly route: string;
  readonly count: number;
  /** The roles of those that asked, each set once, as far as the log tells. */
  readonly roles: readonly string[];
  /** Why they would be refused; empty for what would be allowed. */
  readonly reasons: readonly string[];
}

/** What the files would have answered to a log's requests. */
export interface ReplayReport {
  readonly requests: number;
  readonly decisions: number;
  /** Lines that are neither. */
  readonly otherLines: number;
  /** Answered by the files as they were answered then. */
  readonly same: number;
  readonly newlyRefused: readonly Difference[];
  readonly newlyAllowed: readonly Difference[];
  /** Requests of which it cannot be told, by the reason. */
  readonly unjudged: readonly { readonly why: string; readonly count: number }[];
}

/** Answers a log's requests anew. Callers' roles are in decision lines only: they are joined to the requests. */
export function replay(records: Iterable<LogRecord>, simulator: PolicySimulator): ReplayReport {
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
  for (const request of requests) tally.add(request, judge(request, callers, simulator));
  return { requests: requests.length, decisions, otherLines, ...tally.result() };
}

/** Who a request may have come from. */
class Callers {
  readonly #byRequest = new Map<string, LoggedCaller>();
  readonly #bySubject = new Map<string, Map<string, LoggedCaller>>();

  add({ caller, requestIds, policyVersion }: DecisionRecord): void {
    if (caller === undefined) return;
    for (const id of requestIds) this.#byRequest.set(id, caller);
    if (policyVersion === undefined) return;
    const key = subjectKey(policyVersion, caller.subject, caller.tenant);
    const known = this.#bySubject.get(key) ?? new Map<string, LoggedCaller>();
    this.#bySubject.set(key, known.set(JSON.stringify(caller), caller));
  }

  /** The decision of the request itself, else all of the same caller by the same permissions. */
  of({ requestIds, policyVersion, subject, tenant }: AccessRecord): LoggedCaller[] {
    const own = requestIds.flatMap((id) => this.#byRequest.get(id) ?? []);
    if (own[0] !== undefined) return own.slice(0, 1);
    if (policyVersion === undefined || tenant === undefined) return [];
    return [...(this.#bySubject.get(subjectKey(policyVersion, subject ?? "", tenant))?.values() ?? [])];
  }
}

const subjectKey = (...parts: readonly string[]): string => JSON.stringify(parts);

type Verdict =
  | { readonly kind: "unjudged"; readonly why: string }
  | { readonly kind: "judged"; readonly was: boolean; readonly now: Answer; readonly caller: LoggedCaller };

interface Answer {
  readonly allowed: boolean;
  readonly reason: string;
}

const unjudged = (why: string): Verdict => ({ kind: "unjudged", why });

function judge(request: AccessRecord, callers: Callers, simulator: PolicySimulator): Verdict {
  const { resource, status, responseType, tenant } = request;
  if (resource === undefined) return unjudged("they reached no route");
  if (status === 401) return unjudged("they were answered with 401: no caller was made out");
  if (responseType?.startsWith("AUTHORIZER_") === true) return unjudged("the authorizer failed");
  if (tenant === undefined && !isRefused(request)) return judgePublic(request, simulator);
  if (isLeft(request, simulator)) return unjudged("their route is left to another authorizer");
  const candidates = callers.of(request);
  if (candidates.length === 0)
    return unjudged("no decision line of their caller is in the log, so the caller's roles are not known");
  const path = pathBelowStage(request);
  const answers = candidates.map((caller) => answerNow(caller, request.method, path, simulator));
  if (answers.includes(undefined))
    return unjudged("the log does not tell the roles or scopes that would decide");
  const [now] = answers;
  const [caller] = candidates;
  if (now === undefined || caller === undefined || answers.some((answer) => answer?.allowed !== now.allowed))
    return unjudged("several callers with different roles may have sent them");
  return { kind: "judged", was: !isRefused(request), now, caller };
}

function isLeft(request: AccessRecord, { routes, external }: PolicySimulator): boolean {
  const route = selectRoute(routes, request.method, pathBelowStage(request));
  return route !== undefined && external.has(route.key);
}

/** A backend may answer 403 on its own account; a log without response types tells it by the backend's answer. */
const isRefused = ({ status, responseType, reachedBackend }: AccessRecord): boolean =>
  responseType === undefined ? status === 403 && !reachedBackend : responseType === "ACCESS_DENIED";

const NOBODY: LoggedCaller = {
  tenant: "(anybody)",
  subject: "",
  issuer: undefined,
  roles: [],
  scopes: [],
  claims: {},
};

/** Without a caller, a request went to a public route: now it does again, or finds none, or it is not known who. */
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
    "no caller is logged for them: their route was public, or they were answered before it was known",
  );
}

/** The access log's path has the stage before it, or a custom domain's base path. */
function pathBelowStage({ method, path, resource }: AccessRecord): string {
  if (resource === undefined) return path;
  const { segments } = makeRoute(method as Method, resource.split(" ").at(-1) ?? resource);
  const parts = path.split("/").slice(1);
  const below = parts.map((_, index) => `/${parts.slice(index).join("/")}`);
  return below.find((candidate) => matchPath(segments, candidate) !== undefined) ?? path;
}

/** The answer whatever it is that the log does not tell of the caller; undefined where that decides. */
function answerNow(
  caller: LoggedCaller,
  method: string,
  path: string,
  simulator: PolicySimulator,
): Answer | undefined {
  const least = answerTo(caller, caller.roles ?? [], caller.scopes ?? [], method, path, simulator);
  if (caller.roles !== undefined && caller.scopes !== undefined) return least;
  const most = answerTo(
    caller,
    caller.roles ?? allRoles(caller, simulator),
    caller.scopes ?? allScopes(simulator.routes),
    method,
    path,
    simulator,
  );
  return least.allowed === most.allowed && most.reason !== "binding_not_expressible" ? most : undefined;
}

function answerTo(
  { tenant, subject, issuer, claims }: LoggedCaller,
  roles: readonly string[],
  scopes: readonly string[],
  method: string,
  path: string,
  simulator: PolicySimulator,
): Answer {
  const caller = supposedCaller({ tenant, subject, issuer, claims, roles, scopes });
  const simulation = simulate(simulator, caller, method, path);
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
}

/** Counts verdicts by tenant and route. */
class Tally {
  #same = 0;
  readonly #refused = new Map<string, Counted>();
  readonly #allowed = new Map<string, Counted>();
  readonly #unjudged = new Map<string, number>();

  add(request: AccessRecord, verdict: Verdict): void {
    if (verdict.kind === "unjudged")
      this.#unjudged.set(verdict.why, (this.#unjudged.get(verdict.why) ?? 0) + 1);
    else if (verdict.was === verdict.now.allowed) this.#same += 1;
    else count(verdict.now.allowed ? this.#allowed : this.#refused, request, verdict);
  }

  result(): Pick<ReplayReport, "same" | "newlyRefused" | "newlyAllowed" | "unjudged"> {
    return {
      same: this.#same,
      newlyRefused: differences(this.#refused),
      newlyAllowed: differences(this.#allowed),
      unjudged: [...this.#unjudged]
        .map(([why, number]) => ({ why, count: number }))
        .sort((a, b) => b.count - a.count),
    };
  }
}

function count(
  into: Map<string, Counted>,
  { method, resource }: AccessRecord,
  { caller, now }: Verdict & { kind: "judged" },
): void {
  const route = `${method} ${resource?.split(" ").at(-1)}`;
  const key = JSON.stringify([caller.tenant, route]);
  const known = into.get(key) ?? {
    count: 0,
    tenant: caller.tenant,
    route,
    roles: new Set(),
    reasons: new Set(),
  };
  known.count += 1;
  known.roles.add(caller.roles?.join(" and ") ?? "(roles not logged)");
  if (!now.allowed) known.reasons.add(now.reason);
  into.set(key, known);
}

const differences = (counted: ReadonlyMap<string, Counted>): Difference[] =>
  [...counted.values()]
    .map(({ roles, reasons, ...rest }) => ({
      ...rest,
      roles: [...roles].sort(),
      reasons: [...reasons].sort(),
    }))
    .sort((a, b) => b.count - a.count || (a.tenant + a.route < b.tenant + b.route ? -1 : 1));
