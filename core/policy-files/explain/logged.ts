import { supposedCaller } from "../../decision/caller.ts";
import type { DenyReason } from "../../decision/denial.ts";
import type { Finding } from "../../decision/finding.ts";
import { matchPath, parseTemplate } from "../../model/route.ts";
import type { Rules } from "../model/rules-json.ts";
import type { AccessRecord, DecisionRecord, LogRecord } from "../replay/log-record.ts";
import type { PolicySimulator } from "../simulate/simulate.ts";
import { type Explanation, explain, stepsOf } from "./explain.ts";
import type { ExplanationStep } from "./step.ts";

/** One request, with the lines that logs have about it: at least one. */
export interface LoggedRequest {
  readonly decision: DecisionRecord | undefined;
  readonly access: AccessRecord | undefined;
}

/** How the files decide a logged request. `unknown`: the decision depends on what the log does not have. */
export interface LoggedExplanation {
  readonly request: string;
  readonly outcome: "allowed" | "denied" | "unknown";
  readonly reason: string | undefined;
  readonly steps: readonly ExplanationStep[];
  readonly explanation: Explanation;
  /** What was decided then. */
  readonly answeredThen: string;
  /** The version of the permissions then and now; undefined if the line has none, or if there is none. */
  readonly policyVersion: { readonly logged: string | undefined; readonly now: string | undefined };
}

export const NO_LOG_LINE = "no line is a decision line of the authorizer or an access-log line";

/**
 * Finds the lines of one request by their request ids. Without an id, the lines must be of one request.
 *
 * @returns the request, or the problem as a string
 */
export function findLoggedRequest(records: readonly LogRecord[], id?: string): LoggedRequest | string {
  const requests = records.filter((record) => record.kind !== "other");
  const own = id === undefined ? requests : requests.filter(({ requestIds }) => requestIds.includes(id));
  if (own.length === 0) return id === undefined ? NO_LOG_LINE : `no line has the request id ${id}`;
  const ids = new Set(own.map(({ requestIds }) => requestIds[0] ?? ""));
  if (ids.size > 1)
    return `the lines are of ${ids.size} requests: name one with --request-id, such as ${[...ids].find((one) => one !== "")}`;
  return {
    decision: own.find((record) => record.kind === "decision"),
    access: own.find((record) => record.kind === "access"),
  };
}

/** The facts about a request that a log may lack. */
type Fact = "path" | "roles" | "scopes" | "claims" | "table";

/** What is missing, and what to enable or to add so that it is known. */
const MISSING: Readonly<Record<Fact, string>> = {
  path: "the values in the path; the access log has the path, so give the request's line of it too",
  roles:
    "the caller's roles; the authorizer's decision line has them, but a request that API Gateway's cache answered has none, and a denial before the roles are read has none",
  scopes:
    "whether the token has the scopes that the route needs; an authorizer of this version logs it for each denial",
  claims:
    "the claims that the issuer forwards, which a binding needs; the line of a denial never has them, so explain --token the token",
  table:
    "what the table has for the caller: run-time tenants, memberships and revocations; explain --table NAME reads them",
};

/** Which fact each check depends on that a log may lack; null: the log has it, or it is in the files. */
const DEPENDS: Readonly<Record<Finding["check"], Fact | null>> = {
  roles_left_out: null,
  tenant_claim: null,
  roles_per_tenant: null,
  roles_claim: null,
  scopes_claim: null,
  issuer: null,
  membership_source: null,
  membership: null,
  member: "table",
  tenant: "table",
  tenant_issuers: null,
  tenant_directory: null,
  tenant_status: null,
  revocation: null,
  no_roles: "roles",
  role_held: null,
  role_grants: null,
  never: null,
  ceiling: null,
  client_ceiling: null,
  client_scopes: null,
  scopes: "scopes",
  binding: "claims",
  granted: null,
  resource_length: null,
  context_size: null,
  request: "path",
  response: null,
};

/** Explains how the files decide a logged request now. What the log does not have is named, not supposed. */
export function explainLogged(
  rules: Rules,
  simulator: PolicySimulator,
  logged: LoggedRequest,
): LoggedExplanation | string {
  const { decision, access } = logged;
  const tenant = decision?.caller?.tenant ?? access?.tenant;
  const request = requestOf(logged);
  if (tenant === undefined || request === undefined) return withoutCaller(logged);
  const { denial } = decision ?? {};
  const found = decision?.caller;
  const caller = supposedCaller({
    tenant,
    roles: found?.roles,
    subject: found?.subject ?? access?.subject,
    issuer: found?.issuer,
    clientId: found?.clientId,
    delegate: found?.delegate,
    claims: found?.claims,
    scopes: found?.scopes ?? (denial?.scopesPresent === true ? denial.neededScopes : undefined),
  });
  const explanation = explain(rules, simulator, caller, request);
  const unknown = unknownFacts(logged, request.path);
  const isPathCause = denial?.check === "request";
  return conclude(logged, explanation, withoutGuesses(explanation, unknown, isPathCause, rules));
}

/** Whether a reason depends on the token or the table, so that the lines do not show whether it still holds. */
const UNSEEN: Readonly<Record<DenyReason, boolean>> = {
  no_tenant: true,
  unknown_tenant: false,
  tenant_suspended: false,
  issuer_not_allowed: false,
  no_role: true,
  roles_not_per_tenant: true,
  groups_overage: true,
  scope_missing: false,
  revoked: true,
  context_too_large: true,
  binding_not_expressible: true,
  route_not_granted: false,
};

/** The steps of an explanation, of which the ones that the log cannot decide say so. */
interface Known {
  readonly steps: readonly ExplanationStep[];
  readonly decisive: Finding | undefined;
  readonly isComplete: boolean;
}

/** @param isPathCause whether the line says that the path was the cause, such as its spelling on an unbound route */
function withoutGuesses(
  explanation: Explanation,
  unknown: ReadonlySet<Fact>,
  isPathCause: boolean,
  rules: Rules,
): Known {
  const facts = new Set<Fact>();
  const needsClaims = unknown.has("claims") && explanation.findings.some(isClaimBinding);
  const findings = explanation.findings.filter((finding) => {
    const fact = needsClaims && finding.check === "request" ? "claims" : DEPENDS[finding.check];
    const isKnown = fact === null || !unknown.has(fact) || !dependsNow(finding, isPathCause);
    if (!isKnown) facts.add(fact);
    return isKnown;
  });
  const [route] = explanation.steps;
  const missing = [...facts].map(
    (fact): ExplanationStep => ({ text: `not in the log: ${MISSING[fact]}`, effect: "notes", at: undefined }),
  );
  return {
    steps: [
      ...(route === undefined ? [] : [route]),
      ...stepsOf(findings, { rules, findings, withTable: false }),
      ...missing,
    ],
    decisive: findings.find(({ denies }) => denies !== null),
    isComplete: facts.size === 0,
  };
}

/** Returns whether a binding has no value because the caller has no such claim, or because the log has none. */
const isClaimBinding = (finding: Finding): boolean =>
  finding.check === "binding" &&
  finding.problem?.verdict === "empty" &&
  finding.problem.source?.startsWith("claim.") === true;

/** Returns whether a check's result would be another one with another fact. */
function dependsNow(finding: Finding, isPathCause: boolean): boolean {
  if (finding.check === "binding") return isClaimBinding(finding);
  if (finding.check === "request")
    return isPathCause || finding.parameters.length > 0 || finding.denies !== null;
  return finding.check === "scopes" || finding.denies !== null;
}

function unknownFacts({ decision, access }: LoggedRequest, path: string): ReadonlySet<Fact> {
  const { caller, denial } = decision ?? {};
  const unknown = new Set<Fact>();
  if (access === undefined && path.includes("{") && denial?.bindingMatched === undefined) unknown.add("path");
  if (caller?.roles === undefined) unknown.add("roles");
  if (caller?.scopes === undefined && denial?.scopesPresent === undefined) unknown.add("scopes");
  // The line of a denial has the context of a denial, which has neither scopes nor claims.
  if (decision?.outcome !== "allow") unknown.add("claims");
  if (decision?.reason !== "unknown_tenant") unknown.add("table");
  return unknown;
}

function conclude(
  { decision, access }: LoggedRequest,
  explanation: Explanation,
  { steps, decisive, isComplete }: Known,
): LoggedExplanation {
  const { simulation } = explanation;
  const now = "response" in simulation ? simulation.response.context["policyVersion"] : undefined;
  const before = decision?.policyVersion ?? access?.policyVersion;
  const reason = decision?.reason ?? access?.reason;
  const isUnexplained =
    decisive === undefined &&
    isComplete &&
    reason !== undefined &&
    (before === now || UNSEEN[reason as DenyReason] !== false);
  const cause: ExplanationStep[] = isUnexplained
    ? [
        {
          text: `not in the log: why the reason was ${reason}; ${MISSING.table}, and explain --token the token`,
          effect: "notes",
          at: undefined,
        },
      ]
    : [];
  const outcome = !isComplete || isUnexplained ? "unknown" : "allowed";
  const isPublic = simulation.outcome === "public" || simulation.outcome === "external";
  return {
    request: explanation.request,
    outcome: decisive !== undefined ? "denied" : isPublic ? "allowed" : outcome,
    reason: decisive?.denies ?? undefined,
    steps: [...steps, ...cause],
    explanation,
    answeredThen: printAnswer(decision, access),
    policyVersion: { logged: before, now },
  };
}

function printAnswer(decision: DecisionRecord | undefined, access: AccessRecord | undefined): string {
  const parts = [
    decision?.outcome === undefined ? undefined : `the authorizer returned ${decision.outcome}`,
    statusText(access?.status ?? decision?.status),
    (decision?.reason ?? access?.reason) && `reason ${decision?.reason ?? access?.reason}`,
    decision?.denial && `decided by the check ${decision.denial.check}`,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

const statusText = (status: number | undefined): string | undefined =>
  status === undefined ? undefined : `status ${status}`;

/** Returns the request's method and path; the template of the route if only that is logged. */
function requestOf({ decision, access }: LoggedRequest): { method: string; path: string } | undefined {
  if (access !== undefined) return { method: access.method, path: pathBelowStage(access) };
  const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(decision?.route ?? "") ?? [];
  return method === undefined || path === undefined ? undefined : { method, path };
}

/** Returns the path without the stage, or a custom domain's base path, which it has in the access log. */
export function pathBelowStage({ path, resource }: Pick<AccessRecord, "path" | "resource">): string {
  if (resource === undefined) return path;
  const segments = parseTemplate(resource.split(" ").at(-1) ?? resource);
  const parts = path.split("/").slice(1);
  const below = parts.map((_, index) => `/${parts.slice(index).join("/")}`);
  return below.find((candidate) => matchPath(segments, candidate) !== undefined) ?? path;
}

function withoutCaller({ decision, access }: LoggedRequest): string {
  const code = decision?.code;
  const status = access?.status ?? decision?.status;
  if (code !== undefined)
    return `the log has no caller, because the request failed with ${code}: explain --token explains a token`;
  return `the line has no route and tenant${status === undefined ? "" : ` (status ${status})`}: expected a decision line of the authorizer, or an access-log line of an authorized request`;
}
