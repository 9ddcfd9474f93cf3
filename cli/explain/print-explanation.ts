import { join } from "node:path";
import type { CachingMode } from "../../core/model/layout.ts";
import { decisiveStep, type Explanation, stepsOf } from "../../core/policy-files/explain/explain.ts";
import type { LoggedExplanation } from "../../core/policy-files/explain/logged.ts";
import { type ExplanationStep, type Origin, printEdit } from "../../core/policy-files/explain/step.ts";
import type { Rules } from "../../core/policy-files/model/rules-json.ts";
import type { TokenExplanation } from "./explain-token.ts";

type DecidedSimulation = Extract<Explanation["simulation"], { readonly response: unknown }>;

const MARKS: Readonly<Record<ExplanationStep["effect"], string>> = { gives: "+", takes: "-", notes: " " };
/** The most characters of a statement that are shown. */
const MAX_LENGTH = 400;

/** Formats an explanation for the terminal. Files have paths from the working directory. */
export function explanationLines(
  { request, simulation, steps }: Explanation,
  mode: CachingMode,
  folder: string,
): string[] {
  if (simulation.outcome === "unknown-route")
    return [`${request}: 403 MISSING_AUTHENTICATION_TOKEN: the API has no such route`];
  const outcome =
    simulation.outcome === "denied"
      ? `denied, reason ${simulation.reason ?? ""}`
      : simulation.outcome === "external"
        ? "decided by another authorizer"
        : simulation.outcome;
  const lines = [
    `${request}: ${outcome}`,
    ...steps.map((step) => stepLine(step, folder)),
    ...changeLines(decisiveStep({ steps }), folder),
  ];
  if (!("response" in simulation)) return lines;
  const { response, statement, group } = simulation;
  const deciding =
    statement === undefined
      ? "no statement matches, so the request is denied"
      : JSON.stringify(response.policyDocument.Statement[statement]);
  return [
    ...lines,
    `  decided by: ${deciding.length > MAX_LENGTH ? `${deciding.slice(0, MAX_LENGTH)}…` : deciding}`,
    `  authorizer response: group ${group}, ${JSON.stringify(response).length} bytes, context ${JSON.stringify(shownContext(simulation))}`,
    `  caches may differ for a while: ${mode === "off" ? "" : "API Gateway's cached response for this token, by default 60 s; "}the Lambda's cached tenant and catalogue, by default 30 s`,
  ];
}

/** Returns the context without the reason that it holds for routes which the policy does not allow. */
function shownContext({ outcome, response }: DecidedSimulation): Readonly<Record<string, string>> {
  const { reason, ...context } = response.context;
  return outcome === "allowed" || reason === undefined ? context : { ...context, reason };
}

/** Formats a step, in which `decides` marks the one that decides a denial. */
const stepLine = ({ text, effect, at, decides }: ExplanationStep, folder: string): string =>
  `  ${MARKS[effect]} ${text}${formatOrigin(at, folder)}${decides ? "  decides" : ""}`;

const changeLines = (step: ExplanationStep | undefined, folder: string): string[] =>
  step?.edit === undefined ? [] : [`  to change: ${printEdit(step.edit, `${folder.replace(/\/*$/, "")}/`)}`];

function formatOrigin(at: Origin | undefined, folder: string): string {
  if (at === undefined) return "";
  return "item" in at ? `  (${at.item})` : `  (${join(folder, at.file)}:${at.line}:${at.column})`;
}

/** Formats how the files decide a logged request now, and how it was decided then. */
export function loggedLines(
  { request, outcome, reason, steps, answeredThen, policyVersion }: LoggedExplanation,
  folder: string,
): string[] {
  const result = { allowed: "allowed", denied: `denied, reason ${reason}`, unknown: "not decided" }[outcome];
  const versions =
    policyVersion.logged === undefined || policyVersion.now === undefined
      ? []
      : [
          `policyVersion: ${policyVersion.now}${policyVersion.logged === policyVersion.now ? ", as in the log: nothing that takes part in the decision has changed" : `, in the log ${policyVersion.logged}: files, memberships or the caller's roles have changed`}`,
        ];
  return [
    `${request}: ${result}`,
    ...steps.map((step) => stepLine(step, folder)),
    ...changeLines(decisiveStep({ steps }), folder),
    `then: ${answeredThen}${policyVersion.logged === undefined ? "" : ` (policyVersion ${policyVersion.logged})`}`,
    ...versions,
  ];
}

export const tokenCheckLines = ({ checks }: TokenExplanation): string[] =>
  checks.map(
    ({ check, expected, found, denies }) =>
      `token ${check}: expected ${expected}; found ${found}${denies === null ? "" : "  decides"}`,
  );

/** Formats a token without a caller: 401 or 500, or 403 for a valid token whose tenant or roles cannot be read. */
export function rejectedTokenLines(token: TokenExplanation, rules: Rules, folder: string): string[] {
  const { verdict } = token;
  const lines = tokenCheckLines(token);
  if ("denial" in verdict) {
    const { findings } = token;
    const steps = stepsOf(findings, { rules, findings, withTable: false });
    return [
      ...lines,
      `403, reason ${verdict.denial.reason}: the token is valid, but its tenant or roles cannot be determined`,
      ...steps.map((step) => stepLine(step, folder)),
      ...changeLines(decisiveStep({ steps }), folder),
    ];
  }
  if (!("code" in verdict)) return lines;
  const change = verdict.setting === "" ? [] : [`to change: ${verdict.setting}`];
  return [...lines, `401, ${verdict.code}: ${verdict.message}`, ...change];
}
