import { join } from "node:path";
import type { CachingMode } from "../../core/model/layout.ts";
import type { Explanation } from "../../core/policy-files/explain/explain.ts";
import type { ExplanationStep, Origin } from "../../core/policy-files/explain/step.ts";
import type { TokenExplanation } from "./explain-token.ts";

const MARKS: Readonly<Record<ExplanationStep["effect"], string>> = { gives: "+", takes: "-", notes: " " };
const MOST = 400;

/** An explanation as lines for a terminal; files as a shell would find them. */
export function explanationLines(
  { request, simulation, steps }: Explanation,
  mode: CachingMode,
  folder: string,
): string[] {
  if (simulation.outcome === "unknown-route")
    return [`${request}: 403 MISSING_AUTHENTICATION_TOKEN: the API has no such route`];
  const outcome =
    simulation.outcome === "denied"
      ? `refused, reason ${simulation.reason ?? ""}`
      : simulation.outcome === "external"
        ? "left to another authorizer"
        : simulation.outcome;
  const lines = [
    `${request}: ${outcome}`,
    ...steps.map(({ text, effect, at }) => `  ${MARKS[effect]} ${text}${origin(at, folder)}`),
  ];
  if (!("response" in simulation)) return lines;
  const { response, statement, group } = simulation;
  const deciding =
    statement === undefined
      ? "no statement matches, so it is refused"
      : JSON.stringify(response.policyDocument.Statement[statement]);
  return [
    ...lines,
    `  decided by: ${deciding.length > MOST ? `${deciding.slice(0, MOST)}…` : deciding}`,
    `  the caller gets: group ${group}, ${JSON.stringify(response).length} bytes, context ${JSON.stringify(response.context)}`,
    `  may differ for a while: ${mode === "off" ? "" : "API Gateway's cached answer for this token, by default 60 s; "}the Lambda's copy of tenant and catalogue, by default 30 s`,
  ];
}

function origin(at: Origin | undefined, folder: string): string {
  if (at === undefined) return "";
  return "item" in at ? `  (${at.item})` : `  (${join(folder, at.file)}:${at.line}:${at.column})`;
}

export const tokenCheckLines = ({ checks }: TokenExplanation): string[] =>
  checks.map(({ check, expected, found }) => `token ${check}: expected ${expected}; found ${found}`);

/** A token that is no caller's: 401, or 403 where it holds and names no tenant. */
export function refusedTokenLines(token: TokenExplanation): string[] {
  const { verdict } = token;
  const lines = tokenCheckLines(token);
  if ("refusal" in verdict)
    return [
      ...lines,
      `403, reason ${verdict.refusal.reason}: the token holds, but speaks for no tenant and roles that can be told`,
    ];
  if (!("code" in verdict)) return lines;
  const change = verdict.setting === "" ? [] : [`to change: ${verdict.setting}`];
  return [...lines, `401, ${verdict.code}: ${verdict.message}`, ...change];
}
