import type { Caller } from "../../decision/caller.ts";
import { collectFindings, decisiveFinding, type Finding } from "../../decision/finding.ts";
import type { MembershipState } from "../../decision/memberships.ts";
import type { Route } from "../../model/route.ts";
import type { Rules } from "../model/rules-json.ts";
import { type PolicySimulator, type Simulation, simulate } from "../simulate/simulate.ts";
import { findingSteps } from "./finding-steps.ts";
import { findOperation } from "./grant-steps.ts";
import type { ExplanationStep } from "./step.ts";

/** Why a request is allowed or denied. */
export interface Explanation {
  readonly request: string;
  readonly simulation: Simulation;
  /** What the functions that decided reported. */
  readonly findings: readonly Finding[];
  readonly steps: readonly ExplanationStep[];
}

/**
 * Explains the decision on a caller's request: simulates it, and prints what the functions that decide reported. Each
 * step has its origin: a line of the policy files, or an item of the table for a tenant that only the table has and for
 * the caller's memberships and revocations. The step that decides a denial has what to change.
 *
 * @param earlier what was reported before the caller was known, from a token
 */
export function explain(
  rules: Rules,
  simulator: PolicySimulator,
  caller: Caller,
  { method, path }: { readonly method: string; readonly path: string },
  membershipState: MembershipState | null = null,
  earlier: readonly Finding[] = [],
): Explanation {
  const { result: simulation, findings: reported } = collectFindings((report) =>
    simulate(simulator, caller, method, path, membershipState, report),
  );
  const findings = [...earlier, ...reported];
  const steps =
    simulation.outcome === "unknown-route"
      ? []
      : [
          routeStep(rules, simulation.route),
          ...("response" in simulation
            ? stepsOf(findings, { rules, findings, withTable: membershipState !== null })
            : []),
        ];
  return { request: `${method} ${path}`, simulation, findings, steps };
}

/** Returns the steps of all findings. The first step of the finding that decides is marked. */
export function stepsOf(
  findings: readonly Finding[],
  context: Parameters<typeof findingSteps>[1],
): ExplanationStep[] {
  const decisive = decisiveFinding(findings);
  return findings.flatMap((finding) =>
    findingSteps(finding, context).map((step, index) =>
      finding === decisive && index === 0 ? { ...step, decides: true } : step,
    ),
  );
}

/** Returns the step that decides a denied request. */
export const decisiveStep = ({ steps }: Pick<Explanation, "steps">): ExplanationStep | undefined =>
  steps.find(({ decides }) => decides);

function routeStep(rules: Rules, route: Route): ExplanationStep {
  const operation = findOperation(rules, route.key);
  const at = operation?.at;
  if (operation?.public === true)
    return { text: `${route.key} is public: it has no authorizer`, effect: "gives", at };
  if (operation?.external !== undefined)
    return {
      text: `${route.key} is left to another authorizer, the security scheme ${operation.external}: no role grants it, and only that authorizer decides who can call it`,
      effect: "notes",
      at,
    };
  if (operation?.jwt !== undefined)
    return {
      text: `${route.key} is left to API Gateway's own JWT authorizer: it accepts any token of ${operation.jwt}`,
      effect: "gives",
      at,
    };
  const what = operation?.permission === undefined ? "" : `, permission ${operation.permission}`;
  const text = `the request matches ${route.key}${what}${operation?.explicit === true ? ", explicit" : ""}`;
  return { text, effect: "notes", at };
}
